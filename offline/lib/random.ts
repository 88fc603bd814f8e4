/**
 * Seeded random numbers: the only source of chance in the offline program.
 *
 * sfc32 (Chris Doty-Humphrey's small fast counting generator, PractRand) seeded through a string hash, so that a seed
 * may be a number or words, and `fork('render/clip-007')` gives a stream that does not depend on what was drawn before.
 */

export interface Random {
  /** In [0, 1). */
  uniform(low?: number, high?: number): number;
  /** Standard normal, by Box and Muller. */
  normal(): number;
  /** An integer in [0, n). */
  integer(n: number): number;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream, named: equal seed and name give equal numbers. */
  fork(name: string): Random;
}

export function createRandom(seed: number | string): Random {
  let [a, b, c] = hash(String(seed));
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next(); // the first outputs still show the seed

  const random: Random = {
    uniform: (low = 0, high = 1) => low + (high - low) * (next() / 4294967296),
    normal: () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform()),
    integer: (n) => Math.floor(random.uniform() * n),
    pick: (items) => items[random.integer(items.length)],
    shuffle: (items) => {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        [out[i], out[j]] = [out[j], out[i]];
      }
      return out;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
  return random;
}

/** FNV-1a over the text with three offsets. */
function hash(text: string): [number, number, number] {
  const words: [number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
  for (let i = 0; i < text.length; i++)
    for (let w = 0; w < 3; w++) words[w] = Math.imul(words[w] ^ (text.charCodeAt(i) + w), 0x01000193);
  return words;
}

/** FNV-1a of a text, 32 bits. */
export function textHash(text: string): number {
  return hash(text)[0] >>> 0;
}
