import { type ErrorCode, isChronoError } from "@chronoledger/core";

/** An error in a person's words: what it means, and what to do about it. */
export type Explanation = {
  readonly code: ErrorCode;
  readonly means: string;
  readonly todo: string;
  readonly exact: string;
};

const ASK_AGAIN = "Ask whoever gave you the proof for the unchanged file, or fetch it again by its id.";
const FORGED = `Do not rely on it. ${ASK_AGAIN}`;
const OTHER_SET = "Paste the node set of the right network and epoch under “Whose keys to trust”.";
const WAIT = "Wait a moment and try again.";

const WORDS: Partial<Record<ErrorCode, readonly [means: string, todo: string]>> = {
  "input/malformed": [
    "Something here is not in the form it should be.",
    "Look at the exact message, and correct the entry it names.",
  ],
  "input/out-of-range": [
    "A value lies outside of what is allowed.",
    "Look at the exact message, and correct the value it names.",
  ],
  "input/too-large": [
    "What was given is too large.",
    "A proof has a few kilobytes: choose the .chrono or JSON file, not the file that was stamped.",
  ],
  "input/not-found": [
    "This gateway has nothing under that id.",
    "Look for a typing error, or ask the gateway that made the stamp.",
  ],
  "auth/refused": [
    "The API key was not accepted.",
    "Copy the whole key, which begins with clk_, or open a new account.",
  ],
  "auth/forbidden": [
    "This is not allowed here.",
    "Use a key with the scope that the message names; where sign-up is closed, ask the operator for an account.",
  ],
  "rate/limited": ["Too many requests from here.", WAIT],
  "quota/exceeded": ["The month’s allowance is used up.", "Wait for the next month, or change to a larger tier."],
  "statement/malformed": ["The certificate’s bytes are no statement of this protocol.", FORGED],
  "statement/kind": ["The certificate holds another kind of statement than a quorum’s.", FORGED],
  "statement/flags": [
    "The certificate uses flags that this version does not know.",
    "Use a newer verifier, if there is one; otherwise do not rely on it.",
  ],
  "statement/network": ["The proof comes from another network than the node set.", OTHER_SET],
  "statement/epoch": ["The proof was signed by the nodes of another epoch than those of the node set.", OTHER_SET],
  "statement/policy": ["The proof was made under another policy than the node set states.", OTHER_SET],
  "statement/uncertainty": [
    "The signers’ clocks were worse than the network’s policy allows.",
    "Do not rely on it: nodes that follow the policy do not sign this.",
  ],
  "statement/validity": [
    "The certified time lies outside of the time for which these nodes were appointed.",
    OTHER_SET,
  ],
  "statement/test-flag": [
    "This is a test proof, and the node set belongs to a network that allows none.",
    "Do not rely on it. Ask for a stamp from the real network.",
  ],
  "statement/span": ["The certificate contradicts itself: its predecessor is not earlier.", FORGED],
  "certificate/malformed": ["The certificate is damaged: its length or its signers do not fit.", FORGED],
  "certificate/signer-unknown": ["A signature claims a place that the node set does not have.", OTHER_SET],
  "certificate/quorum-short": ["Too few nodes signed.", "Do not rely on it: fewer than a quorum may all be wrong."],
  "certificate/signature": [
    "A signature does not fit: something was changed after it was signed, or other nodes signed it.",
    FORGED,
  ],
  "proof/malformed": [
    "This is not a proof, or a damaged one.",
    "Choose a .chrono file or its JSON, whole and unchanged.",
  ],
  "proof/path": [
    "The stamped data does not lead to what the nodes signed: the proof was put together or changed.",
    FORGED,
  ],
  "proof/leaf-after-certificate": ["The arrival reading lies after the certificate, which cannot be.", FORGED],
  "proof/context": [
    "The proof is not bound to that earlier certificate and nonce.",
    "Check both entries under “Not before”, or leave them empty: the upper bound holds without them.",
  ],
  "node-set/invalid": ["The node set breaks the protocol’s rules.", "Get it again from whoever you trust for it."],
  "clock/not-available": ["Too few nodes state a time at the moment, so nothing is stamped.", WAIT],
  "round/failed": ["Too few nodes signed in time.", WAIT],
  "round/conflict": ["Another certificate came first.", WAIT],
  "rpc/unavailable": [
    "The gateway does not answer.",
    "Check the connection. Verification needs no gateway when you paste the proof and a node set.",
  ],
  "database/unavailable": ["The gateway cannot reach its database.", WAIT],
  "idempotency/in-progress": ["The same request is still being answered.", WAIT],
};

/** Where nobody has a key yet, these codes mean something of their own. */
const SIGN_UP: Partial<Record<ErrorCode, readonly [means: string, todo: string]>> = {
  "auth/refused": [
    "This gateway does not open accounts by itself.",
    "Ask its operator for a key, and give it under “I have a key already”.",
  ],
  "rate/limited": ["Too many accounts were opened from your network.", "Try again in an hour, or ask the operator."],
};

/** Of POST /v1/accounts. */
export function explainSignUpError(error: unknown): Explanation {
  const explanation = explainError(error);
  const [means, todo] = SIGN_UP[explanation.code] ?? [explanation.means, explanation.todo];
  return { ...explanation, means, todo };
}

export function explainError(error: unknown): Explanation {
  if (!isChronoError(error))
    return {
      code: "internal/unexpected",
      means: "Something went wrong that this page did not expect.",
      todo: "Load the page again; if it comes back, tell the operator the exact message.",
      exact: error instanceof Error ? error.message : String(error),
    };
  const [means, todo] = WORDS[error.code] ?? ["The request was refused.", "Look at the exact message."];
  return { code: error.code, means, todo, exact: error.message };
}
