import { StringDecoder } from "node:string_decoder";

/** Larger than any answer we ask for; an endless message must not fill the memory. */
const MAX_MESSAGE_CHARS = 64 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);

/**
 * Cuts a stream of JSON values that nothing separates (some nodes write no line ends on their Unix sockets) into texts.
 * @throws RangeError when one value is larger than 64 Mi characters.
 */
export function createJsonFramer(onMessage: (text: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder("utf8");
  let buffer = "";
  let scanned = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;

  const step = (char: number): boolean => {
    if (inString) {
      if (escaped) escaped = false;
      else if (char === BACKSLASH) escaped = true;
      else if (char === QUOTE) inString = false;
      return false;
    }
    if (char === QUOTE) inString = true;
    else if (OPEN.has(char)) depth++;
    else if (CLOSE.has(char)) return --depth === 0;
    return false;
  };

  return (chunk) => {
    buffer += decoder.write(chunk);
    while (scanned < buffer.length) {
      if (!step(buffer.charCodeAt(scanned++))) continue;
      const text = buffer.slice(0, scanned);
      buffer = buffer.slice(scanned);
      scanned = 0;
      onMessage(text.trim());
    }
    if (buffer.length > MAX_MESSAGE_CHARS) throw new RangeError("a message of the node does not end");
  };
}
