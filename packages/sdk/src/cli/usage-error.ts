/** The command was not understood, or what it names cannot be read: exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
