const TABLE = Uint32Array.from({ length: 256 }, (_each, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = (word & 1) === 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  return word;
});

/** The CRC-32 of zlib and PNG (polynomial 0xEDB88320) of a text of ASCII. */
export function crc32(text: string): number {
  let word = 0xffffffff;
  for (let at = 0; at < text.length; at++) word = (TABLE[(word ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (word >>> 8);
  return (word ^ 0xffffffff) >>> 0;
}
