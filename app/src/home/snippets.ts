import { snippet } from "../dom/copy-button.ts";

/** Ready to be pasted. Without a key a name stands in its place. @param parts.imprint base64url */
export const snippetsFor = (parts: {
  readonly origin: string;
  readonly key: string | undefined;
  readonly imprint: string | undefined;
}): HTMLElement[] => {
  const key = parts.key ?? "YOUR_KEY";
  const { origin } = parts;
  return [
    snippet(
      "curl",
      `curl -sS ${origin}/v1/stamps \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' \\
  -H "Idempotency-Key: $(openssl rand -hex 16)" \\
  -d '${parts.imprint === undefined ? "{}" : JSON.stringify({ imprint: parts.imprint })}'`,
    ),
    snippet(
      "JavaScript, Node or browser",
      `import { ChronoLedgerClient } from "@chronoledger/sdk";

const client = new ChronoLedgerClient({ url: "${origin}", apiKey: "${key}" });
const { timestamp, confidence, proof } = await client.getTimestamp();
console.log(timestamp, "ns UTC ±", confidence, proof);`,
    ),
    snippet(
      "Command line",
      `export CHRONO_URL=${origin} CHRONO_API_KEY=${key}\nchrono stamp contract.pdf\nchrono verify contract.pdf.chrono contract.pdf`,
    ),
  ];
};
