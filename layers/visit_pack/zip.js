// A ZIP with stored parts, nothing squeezed: what is in it can be read by any program.

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = (c >>> 8) ^ CRC[(c ^ byte) & 255];
  return (c ^ 0xffffffff) >>> 0;
}

function numbers(sizes, values) {
  const bytes = new DataView(new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
  let at = 0;
  sizes.forEach((size, i) => {
    if (size === 2) bytes.setUint16(at, values[i], true);
    else bytes.setUint32(at, values[i], true);
    at += size;
  });
  return new Uint8Array(bytes.buffer);
}

// parts: [[name, bytes], ...]; times are left at the start of 1980, so equal parts are equal bytes.
function zipOf(parts) {
  const pieces = [];
  const index = [];
  let at = 0;
  for (const [name, bytes] of parts) {
    const title = new TextEncoder().encode(name);
    const facts = [20, 0x800, 0, 0, 0x21, crc32(bytes), bytes.length, bytes.length, title.length, 0];
    const head = numbers([4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2], [0x04034b50, ...facts]);
    pieces.push(head, title, bytes);
    index.push(numbers([4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4],
      [0x02014b50, 20, ...facts, 0, 0, 0, 0, at]), title);
    at += head.length + title.length + bytes.length;
  }
  const size = index.reduce((sum, piece) => sum + piece.length, 0);
  if (at + size >= 2 ** 32) throw new RangeError("zip");
  const end = numbers([4, 2, 2, 2, 2, 4, 4, 2],
    [0x06054b50, 0, 0, parts.length, parts.length, size, at, 0]);
  return new Blob([...pieces, ...index, end], { type: "application/zip" });
}
