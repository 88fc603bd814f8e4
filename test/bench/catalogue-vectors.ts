/**
 * Vectors as a catalogue has them, drawn: styles within genres, and clips that want one of the styles.
 *
 * A library is not a cloud of independent directions: tracks come in genres and styles, and the variance of learned embeddings
 * falls off from direction to direction. Here 32 genres have 16 styles each; a track is its genre, its style and itself, in
 * shares of 1 : 1 : 1 in variance; direction i has deviation (1 + i / 16)^-1/2; all have length 1.
 */
import { createRandom, type Random } from '../../offline/lib/random.ts';

export const WIDTH = 256;
const GENRES = 32;
const STYLES = 16;

export interface Drawn {
  /** [N, WIDTH] */
  vectors: Float32Array;
  /** [N] */
  genres: Uint8Array;
  /** [Q] of [WIDTH]: as a track that is not in the catalogue. */
  queries: Float32Array[];
}

export function drawCatalogue(count: number, queries: number): Drawn {
  const random = createRandom('catalogue');
  const genres = Array.from({ length: GENRES }, () => normals(random));
  const styles = Array.from({ length: GENRES * STYLES }, () => normals(random));
  const draw = (random: Random): { vector: Float32Array; genre: number } => {
    const style = random.integer(styles.length);
    const genre = Math.floor(style / STYLES);
    const own = normals(random);
    return { vector: unit(own.map((value, i) => value + genres[genre][i] + styles[style][i])), genre };
  };
  const tracks = random.fork('tracks');
  const clips = random.fork('clips');
  const drawn: Drawn = { vectors: new Float32Array(count * WIDTH), genres: new Uint8Array(count), queries: [] };
  for (let i = 0; i < count; i++) {
    const { vector, genre } = draw(tracks);
    drawn.vectors.set(vector, i * WIDTH);
    drawn.genres[i] = genre;
  }
  for (let i = 0; i < queries; i++) drawn.queries.push(draw(clips).vector);
  return drawn;
}

function normals(random: Random): Float32Array {
  return Float32Array.from({ length: WIDTH }, (_, i) => random.normal() / Math.sqrt(1 + i / 16));
}

function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
