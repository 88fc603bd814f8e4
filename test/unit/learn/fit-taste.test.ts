import { describe, expect, test } from 'vitest';
import type { Annotation } from '../../../offline/data/annotations.ts';
import type { PieceAnswer } from '../../../offline/learn/ask.ts';
import { type TasteOptions, tasteOf } from '../../../offline/learn/fit-taste.ts';
import { createRandom } from '../../../offline/lib/random.ts';

const TRACKS = Array.from({ length: 40 }, (_, i) => `track-${i}`);
const VECTORS = TRACKS.map((_, i) => Float32Array.of(Math.cos(i / 6.4), Math.sin(i / 6.4)));
const AUTHORS = 20;

/** Posts of authors in turn, a day each; who has a taste takes from seven tracks that lie together. */
function posted(count: number, likes: boolean): TasteOptions {
  const random = createRandom('posts');
  const rows = Array.from({ length: count }, (_, i): Annotation => {
    const author = i % AUTHORS;
    const track = likes ? (2 * author + random.integer(7) + 37) % 40 : random.integer(40);
    const span = { musicStartSec: 0, musicEndSec: 5, musicTotalSec: 60, videoSec: 5 };
    return { videoId: `clip-${String(i).padStart(3, '0')}`, musicId: TRACKS[track], ...span };
  });
  const relevance = rows.map(({ musicId }) =>
    Float32Array.from(TRACKS, (id) => 0.3 * random.normal() + (id === musicId ? 0.4 : 0)),
  );
  const pieces = rows.map(({ videoId, musicId }) => ({ videoId, musicId }) as PieceAnswer);
  return {
    ...{ answers: { pieces, relevance, vectors: VECTORS }, rows, tracks: TRACKS, seed: '1' },
    authorOf: (clip) => `author-${Number(clip.slice(5)) % AUTHORS}`,
    dateOf: (clip) => clip.slice(5), // they sort as time does
  };
}

describe('the weight of what an author used before', () => {
  test('is fitted on posts that name one, where authors have a taste', () => {
    const fit = tasteOf(posted(200, true))!;
    expect([fit.kept, fit.weight > 0, fit.authors]).toEqual(['fitted', true, AUTHORS]);
    expect(fit.unseen.r5).toBeGreaterThan(fit.before.r5 + 0.05);
  });

  test('is 0 where authors have none', () => {
    expect(tasteOf(posted(200, false))).toMatchObject({ kept: 'none', weight: 0 });
  });

  test('is of earlier posts alone: of an author’s first post nothing is known', () => {
    expect(tasteOf(posted(AUTHORS, true))).toMatchObject({ posts: 0, kept: 'default' });
    const backwards = { ...posted(2 * AUTHORS, true), dateOf: () => undefined };
    expect(tasteOf(backwards)!.posts).toBeGreaterThan(AUTHORS); // without dates every other post counts
  });

  test('is not asked for where no post names an author', () => {
    expect(tasteOf({ ...posted(60, true), authorOf: () => undefined })).toBeUndefined();
  });
});
