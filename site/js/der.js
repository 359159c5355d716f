// DER (X.690), written: each function returns the bytes of one value.
import {concat, utf8} from "/js/bytes.js";

function length(count) {
  if (count < 0x80)
    return Uint8Array.of(count);
  const bytes = [];
  for (let rest = count; rest > 0; rest >>>= 8)
    bytes.unshift(rest & 0xff);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function value(tag, ...parts) {
  const content = concat(...parts);
  return concat(Uint8Array.of(tag), length(content.length), content);
}

export const sequence = (...parts) => value(0x30, ...parts);
export const set = (...parts) => value(0x31, ...parts);
export const octetString = (bytes) => value(0x04, bytes);
export const bitString = (bytes) => value(0x03, Uint8Array.of(0), bytes); // whole bytes
export const ia5String = (text) => value(0x16, utf8(text));
export const nothing = () => value(0x05);
export const yes = () => value(0x01, Uint8Array.of(0xff));

// [number], constructed: an EXPLICIT tag, or an IMPLICIT one of a SEQUENCE or SET.
export const context = (number, ...parts) => value(0xa0 | number, ...parts);
// [number] IMPLICIT, of a string type.
export const contextString = (number, text) => value(0x80 | number, utf8(text));

// An INTEGER that isn't negative, from its big-endian bytes, with or without leading zeros.
export function integer(bytes) {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const shortest = bytes.subarray(from);
  return shortest[0] & 0x80 ? value(0x02, Uint8Array.of(0), shortest) : value(0x02, shortest);
}

// From dots and numbers: "2.5.29.17".
export function oid(text) {
  const [first, second, ...rest] = text.split(".").map(Number);
  const bytes = [];
  for (const arc of [40 * first + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128))
      groups.unshift(0x80 | (high & 0x7f));
    bytes.push(...groups);
  }
  return value(0x06, Uint8Array.from(bytes));
}
