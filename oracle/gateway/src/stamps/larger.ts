/** Math.max takes no bigint. */
export function larger<Value extends bigint>(a: Value, b: Value): Value {
  if (a > b) return a;
  return b;
}
