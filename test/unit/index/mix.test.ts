/** The filtergraph is run by ffmpeg on drawn sounds, and what comes out is measured. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { DUCK_DB, ducksOf, mixOf } from '../../../index/moment/mix.ts';

const run = promisify(execFile);

test('speech is ducked from before it until after it, and short pauses stay ducked', () => {
  const speech = [
    [6000, 7000],
    [1000, 2000],
    [2600, 3000],
  ] as const;
  expect(ducksOf(speech, 7200)).toEqual([
    { startMs: 800, endMs: 3500, gainDb: DUCK_DB },
    { startMs: 5800, endMs: 7200, gainDb: DUCK_DB },
  ]);
  expect(ducksOf([[0, 50]], 7200)).toEqual([{ startMs: 0, endMs: 550, gainDb: DUCK_DB }]);
  expect(ducksOf([], 7200)).toEqual([]);
});

describe('the filtergraph, run by ffmpeg', () => {
  const RATE = 48_000;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-mix-'));
    // A track of 20 s: a steady tone of 1 kHz. Its level is so that gainDb 6 brings it to -16 LUFS (BS.1770: a stereo sine of peak p dB has p LUFS).
    await run('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'aevalsrc=0.0794*sin(2*PI*1000*t)|0.0794*sin(2*PI*1000*t):s=44100:d=20',
      join(folder, 'track.wav'),
    ]);
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=mono:d=9', join(folder, 'clip.wav')]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function mixed(graph: string): Promise<Float32Array> {
    const out = join(folder, 'graph.txt');
    await writeFile(out, graph);
    const { stdout } = await run(
      'ffmpeg',
      [
        '-v',
        'error',
        '-i',
        join(folder, 'clip.wav'),
        '-i',
        join(folder, 'track.wav'),
        '-filter_complex_script',
        out,
        '-map',
        '[mix]',
        '-f',
        'f32le',
        '-ac',
        '2',
        '-',
      ],
      { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
    );
    return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
  }
  /** dB of a sine's peak, from its power. */
  function level(sound: Float32Array, fromMs: number, toMs: number): number {
    const part = sound.subarray(fromMs * 96, toMs * 96);
    return 10 * Math.log10((2 * part.reduce((sum, value) => sum + value * value, 0)) / part.length);
  }
  const request = { clipMs: 8480, moment: { startMs: 3000, endMs: 11_480 }, fade: { inMs: 10, outMs: 400 }, gainDb: 6 };

  it.each([true, false])(
    'is as long as the clip, at the target, and under speech lower by as much as it says (own sound: %s)',
    async (hasSound) => {
      const { ffmpeg, ffmpegMusicOnly, duck } = mixOf({ ...request, speechMs: [[3000, 4500]] });
      const sound = await mixed(hasSound ? ffmpeg : ffmpegMusicOnly);
      expect(sound.length / 2).toBe(Math.round((request.clipMs * RATE) / 1000));
      const open = level(sound, 500, 2700);
      expect(Math.abs(open - -16)).toBeLessThan(1);
      expect(level(sound, 3020, 4480) - open).toBeCloseTo(duck[0].gainDb, 1);
      expect(level(sound, 5100, 7900) - open).toBeCloseTo(0, 1);
      expect(level(sound, 8440, 8480)).toBeLessThan(open - 20); // faded out
    },
  );

  it('stays down under who speaks to the end', async () => {
    const sound = await mixed(mixOf({ ...request, speechMs: [[7000, 8480]] }).ffmpegMusicOnly);
    expect(level(sound, 7020, 8060) - level(sound, 500, 6700)).toBeCloseTo(DUCK_DB, 1);
  });

  it('has the loudness that was asked for, by an independent meter (EBU R 128)', async () => {
    const graph = mixOf({ ...request, fade: { inMs: 10, outMs: 10 }, speechMs: [] }).ffmpeg;
    const inputs = ['-i', join(folder, 'clip.wav'), '-i', join(folder, 'track.wav')];
    const measure = `${graph};[mix]ebur128=framelog=verbose[out]`;
    const { stderr } = await run('ffmpeg', [...inputs, '-filter_complex', measure, '-map', '[out]', '-f', 'null', '-']);
    const measured = [...stderr.matchAll(/I:\s+(-?[\d.]+) LUFS/g)].at(-1)?.[1]; // ffmpeg sums up before the first sample, too
    expect(Math.abs(Number(measured) - -16)).toBeLessThan(1);
  });

  it('repeats a loop without a gap, and is silent where a short track has ended', async () => {
    const loop = { repeats: 5, lastEndMs: 3480 };
    const looped = await mixed(
      mixOf({ ...request, moment: { startMs: 3000, endMs: 5000, loop }, speechMs: [] }).ffmpegMusicOnly,
    );
    expect(looped.length / 2).toBe(Math.round((request.clipMs * RATE) / 1000));
    expect(level(looped, 500, 7900) - -16).toBeCloseTo(0, 0);
    const short = await mixed(mixOf({ ...request, moment: { startMs: 15_000, endMs: 20_000 }, speechMs: [] }).ffmpeg);
    expect(short.length / 2).toBe(Math.round((request.clipMs * RATE) / 1000));
    expect(level(short, 5100, 8400)).toBeLessThan(-90);
  });
});
