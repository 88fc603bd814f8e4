/** Two pieces of one style have its drums, its instruments and its harmony in common: of one, nothing says that the other is played. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { landmark } from '../../../offline/align/landmarks.ts';
import { pack } from '../../../offline/align/packed-peaks.ts';
import { createPeakFinder, WIDE } from '../../../offline/align/peaks.ts';
import { createListener } from '../../../offline/align/post.ts';
import { RATE } from '../../../offline/align/warp.ts';
import { withTempDir } from '../../../offline/lib/temp-dir.ts';
import { readAudio } from '../../../offline/media/audio.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { COMPOSE_RATE, composeTrack } from '../../../offline/worlds/composed/compose.ts';
import { createWorld } from '../../../offline/worlds/composed/world.ts';

const { tracks } = createWorld('align', { tracks: 12, train: 0, val: 0, test: 0 });

test.each([
  { style: 'funk', has: 'the same groove, a semitone lower and 6 % slower', fromSec: 16 },
  { style: 'ballad', has: 'a chord of the same synthesiser, wave and all', fromSec: 48 },
])('another piece with $has, is not in the library', ({ style, fromSec }) =>
  withTempDir(async (folder) => {
    const [one, other] = tracks.filter((track) => track.style === style);
    const soundOf = async (plan: typeof one): Promise<{ path: string; samples: Float32Array }> => {
      const path = join(folder, `${plan.id}.wav`);
      await writeFile(path, writeWav(composeTrack(plan), COMPOSE_RATE));
      return { path, ...(await readAudio(path)) };
    };
    const { path, samples } = await soundOf(one);
    const finder = createPeakFinder([WIDE]);
    finder.push(samples);
    const listener = createListener(landmark([pack(finder.end()[0])]), [path]);
    const hear = async (sound: Float32Array) => {
      const post = join(folder, 'post.wav');
      await writeFile(post, writeWav(sound.subarray(fromSec * RATE, (fromSec + 24) * RATE), RATE));
      return listener.hear(post);
    };
    expect(await hear((await soundOf(other)).samples)).toEqual({ reason: 'not in the library' });
    expect(await hear(samples)).toMatchObject({ playing: [{ track: 0, startSec: expect.closeTo(fromSec, 3) }] });
  }),
);
