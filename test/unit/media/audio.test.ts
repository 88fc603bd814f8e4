import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { AudioError, readAudio } from '../../../offline/media/audio.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { sharedMedia, sharedMissing } from './shared.ts';
import { sine } from './signals.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-audio-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function without<T>(variable: string, run: () => Promise<T>): Promise<T> {
  const before = process.env[variable];
  process.env[variable] = '';
  try {
    return await run();
  } finally {
    process.env[variable] = before;
  }
}

describe('readAudio', () => {
  test('reads a WAV file as 16 kHz mono, whatever its name says', async () => {
    await writeFile(at('tone.mp3'), writeWav(sine(440, 3, 44100, 0.5), 44100));
    const { samples, durationSec } = await readAudio(at('tone.mp3'));
    expect(samples.length).toBe(48000);
    expect(durationSec).toBe(3);
    expect(samples[24009]).toBeCloseTo(0.5 * Math.sin((2 * Math.PI * 440 * 24009) / 16000), 3);
  });

  test('reads no more than maxSec and still tells the whole duration', async () => {
    await writeFile(at('long.wav'), writeWav(sine(440, 5, 8000), 8000));
    const { samples, durationSec } = await readAudio(at('long.wav'), { maxSec: 2 });
    expect(samples.length).toBe(32000);
    expect(durationSec).toBe(5);
  });

  test.each([
    ['empty.mp3', new Uint8Array(0), /expected audio, got an empty file/],
    ['text.mp3', new TextEncoder().encode('These are only words. '.repeat(500)), /ffmpeg|WAV, MP3/],
    ['tag.mp3', new TextEncoder().encode(`ID3${'x'.repeat(4000)}`), /got 0\.00 s of it/],
    ['cut.wav', writeWav(sine(440, 1, 8000), 8000).slice(0, 4000), /cut off/],
    ['page.ogg', new TextEncoder().encode(`OggS${'\0'.repeat(24)}vorbis`), /damaged|ffmpeg|WAV, MP3/],
    ['flac.flac', new TextEncoder().encode(`fLaC${'\0'.repeat(200)}`), /damaged/],
  ])('refuses %s with a sentence', async (name, bytes, message) => {
    await writeFile(at(name), bytes);
    await expect(readAudio(at(name))).rejects.toThrow(message);
    await expect(readAudio(at(name))).rejects.toBeInstanceOf(AudioError);
  });

  test('says that ffmpeg is missing where only ffmpeg could help', async () => {
    await writeFile(at('other.m4a'), new TextEncoder().encode('....ftypM4A ................'));
    await without('PATH', () =>
      expect(readAudio(at('other.m4a'))).rejects.toThrow(
        /expected WAV, MP3, Ogg Vorbis, Opus or FLAC, got another format. Install ffmpeg/,
      ),
    );
  });

  test('leaves a missing file to the file system to report', async () => {
    await expect(readAudio(at('nowhere.wav'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

// [file, seconds read, seconds of the whole file] by ffprobe
const REAL = [
  ['asc-machine_wars.mp3', 20, 290.586],
  ['wesnoth-main_menu.ogg', 20, 51.688],
  ['warzone2100-track3.opus', 20, 299.093],
  ['cut-sad.flac', 20, 30],
  ['cut-sad.wav', 12, 12],
] as const;

const ID3 = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 10, ...new Uint8Array(10)]);

describe.skipIf(!hasFfmpeg)('files that ffmpeg has written (skipped without it)', () => {
  const write = (name: string, ...options: string[]): string => {
    execFileSync('ffmpeg', ['-v', 'error', ...options, '-y', at(name)]);
    return at(name);
  };
  const tone = ['-f', 'lavfi', '-i', 'sine=440:duration=3'];

  test.each([
    ['flac', 'flac'],
    ['aac', 'adts'],
    ['libmp3lame', 'mp3'],
  ])('of %s may have an ID3 tag in front', async (codec, format) => {
    const bytes = await readFile(write(`tagged.${format}`, ...tone, '-c:a', codec, '-f', format));
    const plain = format === 'mp3' ? bytes : Buffer.concat([ID3, bytes]);
    await writeFile(at('tagged'), plain);
    expect((await readAudio(at('tagged'))).durationSec).toBeCloseTo(3, 0);
  });

  test('may be a video whose sound ends before its picture: it is as long as its sound', async () => {
    const picture = ['-f', 'lavfi', '-i', 'color=red:s=64x64:d=20:r=5'];
    const { durationSec } = await readAudio(write('short-sound.mp4', ...picture, ...tone));
    expect(durationSec).toBeCloseTo(3, 0);
  });
});

describe.skipIf(!hasFfmpeg)('channels of a 5.1 file (skipped without ffmpeg, which writes it)', () => {
  test.each(['libvorbis', 'libopus', 'flac'])(
    'come in the order of WAV from %s: the fourth is the low-frequency one',
    async (codec) => {
      // A tone in the low-frequency channel alone.
      const layout = 'aevalsrc=0|0|0|0.5*sin(2*PI*60*t)|0|0:c=5.1:s=48000:d=2';
      const path = at(`${codec}.${codec === 'flac' ? 'flac' : 'ogg'}`);
      execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', layout, '-c:a', codec, '-y', path]);
      const power = new Float64Array(6);
      const listener = {
        pushChannels: (channels: readonly Float32Array[]) => {
          for (const [c, channel] of channels.entries()) for (const value of channel) power[c] += value * value;
        },
        pushMono: () => {},
      };
      await without('PATH', () => readAudio(path, { listener }));
      expect(power.indexOf(Math.max(...power))).toBe(3);
      expect(power[3]).toBeGreaterThan(0.9 * power.reduce((sum, value) => sum + value, 0));
    },
  );
});

describe.skipIf(sharedMissing)('readAudio on real files (skipped where ../shared is missing)', () => {
  test.each(REAL)('decodes %s without help from ffmpeg', async (name, readSec, durationSec) => {
    const audio = await without('PATH', () => readAudio(sharedMedia('music', name), { maxSec: 20 }));
    expect(audio.samples.length).toBe(readSec * 16000);
    expect(audio.durationSec).toBeCloseTo(durationSec, 1);
    const power = audio.samples.reduce((sum, value) => sum + value * value, 0) / audio.samples.length;
    expect(10 * Math.log10(power)).toBeGreaterThan(-45);
  });

  test('gives the same sound for a FLAC cut and the Ogg Vorbis it was cut from', async () => {
    const { samples: cut } = await readAudio(sharedMedia('music', 'cut-sad.flac'));
    const { samples: whole } = await readAudio(sharedMedia('music', 'wesnoth-sad.ogg'));
    expect(bestCorrelation(cut.subarray(160000, 176000), whole)).toBeGreaterThan(0.999);
  });

  test.each(REAL)('refuses the first third of %s, or reads no more than there is', async (name) => {
    const bytes = await readFile(sharedMedia('music', name));
    await writeFile(at('part'), bytes.subarray(0, Math.floor(bytes.length / 3) + 7));
    const outcome = await readAudio(at('part')).catch((error) => error);
    if (!(outcome instanceof AudioError))
      expect(outcome.durationSec).toBeLessThan(REAL.find((row) => row[0] === name)![2] / 2);
  });

  test.each(REAL)('never fails on damaged %s but with an AudioError', async (name) => {
    const bytes = new Uint8Array(await readFile(sharedMedia('music', name))).slice(0, 150_000);
    const random = createRandom(name);
    for (let round = 0; round < 8; round++) {
      const damaged = bytes.slice();
      for (let i = 0; i < 10 ** (round % 4); i++)
        damaged[random.integer(round < 4 ? 3000 : damaged.length)] = random.integer(256);
      await writeFile(at('damaged'), damaged);
      const outcome = await readAudio(at('damaged'), { maxSec: 10 }).catch((error) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AudioError);
      else expect(outcome.samples.every((value: number) => Math.abs(value) < 4)).toBe(true);
    }
  });
});

/** Highest normalised correlation of a piece with any place of the whole, around where it was cut. */
function bestCorrelation(piece: Float32Array, whole: Float32Array): number {
  let best = 0;
  for (let lag = 0; lag + piece.length <= whole.length; lag += 1) {
    if (lag % 16 !== 0 && best < 0.5) continue; // coarse until something is found
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < piece.length; i += 7) {
      ab += piece[i] * whole[lag + i];
      aa += piece[i] ** 2;
      bb += whole[lag + i] ** 2;
    }
    best = Math.max(best, ab / Math.sqrt(aa * bb + 1e-12));
    if (best > 0.9995) return best;
  }
  return best;
}
