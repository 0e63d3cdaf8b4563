// SHA-256: the browser's own where a page from disk is given it, else the small one here.

const ROUNDS = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  const bits = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) >>> 0;
  return { k: primes.map((p) => bits(Math.cbrt(p))), h: primes.slice(0, 8).map((p) => bits(Math.sqrt(p))) };
})();

function sha256Plain(bytes) {
  const padded = new Uint8Array(((bytes.length + 8) >> 6 << 6) + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const words = new DataView(padded.buffer);
  words.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  words.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const h = ROUNDS.h.slice();
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = words.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = (w[i - 16] + a + w[i - 7] + b) | 0;
    }
    const v = h.slice();
    for (let i = 0; i < 64; i += 1) {
      const e = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
      const choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
      const one = (v[7] + e + choice + ROUNDS.k[i] + w[i]) | 0;
      const a = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
      const most = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
      v.pop();
      v.unshift((one + a + most) | 0);
      v[4] = (v[4] + one) | 0;
    }
    for (let i = 0; i < 8; i += 1) h[i] = (h[i] + v[i]) | 0;
  }
  return h.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return sha256Plain(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
