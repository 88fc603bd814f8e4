/** What listeners of a study hear, by the sound itself. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLEAR, findLag } from '../../../offline/align/sound-lag.ts';
import { RATE } from '../../../offline/align/warp.ts';
import { withTempDir } from '../../../offline/lib/temp-dir.ts';
import { readAudio } from '../../../offline/media/audio.ts';
import { openStudyMedia } from '../../../offline/study/media.ts';
import { sharedMedia, sharedMissing } from '../media/shared.ts';

it.skipIf(sharedMissing)('plays from its start on in a Vorbis file that ffmpeg seeks a tenth of a second late', () =>
  withTempDir(async (folder) => {
    const path = sharedMedia('music', 'hyperrogue-hr-savino-palace.ogg');
    const media = await openStudyMedia(folder);
    const { src } = await media.music(path, { startMs: 10_000, endMs: 16_000 }, 1);
    const cut = await readAudio(join(folder, src), { maxSec: 10 });
    const whole = await readAudio(path, { maxSec: 30 });
    const moment = whole.samples.subarray(10 * RATE, 16 * RATE);
    const { samples, clarity } = findLag(cut.samples, moment, 1, 4, true);
    expect(clarity).toBeGreaterThan(CLEAR);
    expect(Math.abs(samples) / RATE).toBeLessThan(0.015); // the file begins before 0: ffmpeg and our decoder are 10 ms apart in it
  }),
);
