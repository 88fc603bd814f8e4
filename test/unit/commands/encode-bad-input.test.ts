/** `cuepoint encode` on everything that can be wrong with a folder of media, and with what is asked of it. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { sharedMedia, sharedMissing } from '../media/shared.ts';
import { clicks, sine } from '../media/signals.ts';
import { catalogueOf, encode, type Line } from './encode-run.ts';
import type { Ended } from './start-cuepoint.ts';

let folder: TestFolder;
const at = (...names: string[]): string => join(folder.path, ...names);
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

/** Without what was kept, each run decodes. */
const to = (name: string): string[] => ['--out', at(name), '--cache', at(`${name}-cache`), '--workers', '2'];
const catalogue = (name: string): Promise<Line[]> => catalogueOf(at(name));

/** 44 bytes of header in front of the samples, with fields replaced. */
function wav(samples: Float32Array, rate: number, change: (view: DataView) => void = () => {}): Uint8Array {
  const bytes = writeWav(samples, rate);
  change(new DataView(bytes.buffer));
  return bytes;
}

/** 32-bit float, any number of channels, interleaved. */
function floatWav(values: Float32Array, rate: number, channels: number): Uint8Array {
  const bytes = new Uint8Array(44 + 4 * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set(writeWav(new Float32Array(0), rate));
  view.setUint32(4, bytes.length - 8, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, channels, true);
  view.setUint32(28, rate * channels * 4, true);
  view.setUint16(32, channels * 4, true);
  view.setUint16(34, 32, true);
  view.setUint32(40, 4 * values.length, true);
  bytes.set(new Uint8Array(values.buffer), 44);
  return bytes;
}

describe('a folder with everything in it', () => {
  let run: Ended;
  let lines: Line[];
  const tone = sine(440, 3, 16000, 0.3);

  beforeAll(async () => {
    await mkdir(at('music', 'folder.mp3'), { recursive: true });
    const files: Record<string, Uint8Array | string> = {
      'empty.mp3': '',
      'text.mp3': 'These are only words. '.repeat(200),
      'cut.wav': wav(tone, 16000).subarray(0, 20_000),
      'huge-header.wav': wav(tone, 16000, (view) => view.setUint32(40, 0x70000000, true)),
      'endless-chunk.wav': wav(tone, 16000, (view) => view.setUint32(16, 0xfffffff0, true)),
      'huge-tag.mp3': Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f, ...new Uint8Array(500)]),
      'short.wav': wav(sine(440, 0.2, 44100, 0.3), 44100),
      'telephone.wav': wav(sine(300, 3, 8000, 0.3), 8000),
      'six-channels.wav': floatWav(
        new Float32Array(6 * 96000 * 2).map((_, i) => 0.2 * Math.sin(i / 77)),
        96000,
        6,
      ),
      'silence.wav': wav(new Float32Array(5 * 16000), 16000),
      'dc.wav': wav(new Float32Array(5 * 16000).fill(0.5), 16000),
      'clipping.wav': wav(sine(440, 5, 16000, 40), 16000),
      'not-a-number.wav': floatWav(new Float32Array(3 * 16000).fill(Number.NaN), 16000, 1),
      'folder.mp3/inside.wav': wav(clicks(120, 6, 16000), 16000),
      '夜曲(伴奏) [2020].wav': wav(sine(550, 3, 16000, 0.3), 16000),
      'Café.wav': wav(sine(660, 3, 16000, 0.3), 16000),
      'first.wav': wav(sine(770, 3, 16000, 0.3), 16000),
      'the same again.wav': wav(sine(770, 3, 16000, 0.3), 16000),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(at('music', name), content);
    await symlink('nowhere.wav', at('music', 'dangling.wav'));
    run = await encode('--music', at('music'), ...to('out'));
    lines = await catalogue('out');
  });

  test('is encoded all the same, and ends well', () => {
    expect([run.code, run.err.includes('Error'), run.err.includes('at ')]).toEqual([0, false, false]);
    expect(lines.map(({ file }) => file)).toEqual([
      'Café.wav',
      'clipping.wav',
      'dc.wav',
      'first.wav',
      'folder.mp3/inside.wav',
      'not-a-number.wav',
      'short.wav',
      'silence.wav',
      'six-channels.wav',
      'telephone.wav',
      '夜曲(伴奏) [2020].wav',
    ]);
  });

  test('has each file that could not be read in the report, with a reason', () => {
    const reported = run.out.split('\n').filter((line) => line.startsWith('not encoded: '));
    expect(reported).toEqual([
      expect.stringMatching(/cut\.wav: wav: expected 96000 bytes of samples, got 19956\. The file is cut off/),
      expect.stringMatching(/dangling\.wav: a link to nothing\./),
      expect.stringMatching(/empty\.mp3: expected audio, got an empty file\./),
      expect.stringMatching(/endless-chunk\.wav: wav: expected a data chunk, got the end of the file\./),
      expect.stringMatching(/huge-header\.wav: wav: expected 1879048192 bytes of samples, got 96000\./),
      expect.stringMatching(/huge-tag\.mp3: expected audio, got 0\.00 s of it\./),
      expect.stringMatching(/text\.mp3: expected .*, got /),
    ]);
    expect(run.out).toContain('once only: the same again.wav: the same content as first.wav');
    expect(run.out).toContain('11 tracks, 7 not read');
  });

  test('fails with --strict, and what could be read is there', async () => {
    const strict = await encode('--music', at('music'), ...to('out'), '--strict');
    expect([strict.code, strict.err]).toEqual([1, expect.stringContaining('--strict: 7 files could not be read.')]);
    expect(await catalogue('out')).toEqual(lines);
  });

  test('gives finite tokens of the right number for everything it took', async () => {
    const { tensors } = decodeSafetensors(await readFile(at('out', 'music-0000.safetensors')));
    for (const { id, segments, durationSec } of lines) {
      const { shape, data } = tensors.get(id)!;
      expect(shape[0]).toBe(segments);
      expect(segments).toBe(Math.floor(durationSec / 2.5) + 1);
      expect(data.every(Number.isFinite)).toBe(true);
    }
    expect(tensors.size).toBe(lines.length);
  });

  test('knows silence from sound, and a pulse from none', () => {
    const of = (file: string): Line => lines.find((line) => line.file === file)!;
    expect(of('silence.wav').loudnessLufs).toBeNull();
    expect(of('not-a-number.wav').loudnessLufs).toBeNull();
    expect(of('folder.mp3/inside.wav').bpm).toBeCloseTo(120, 0);
    expect(of('Café.wav').bpm).toBeNull();
    expect(of('first.wav').copies).toEqual(['the same again.wav']);
  });

  test('is the same in every byte however many processes encode it', async () => {
    await encode('--music', at('music'), '--out', at('one'), '--cache', at('one-cache'), '--workers', '1');
    for (const name of await readdir(at('out')))
      expect((await readFile(at('one', name))).equals(await readFile(at('out', name))), name).toBe(true);
  });
});

describe.skipIf(sharedMissing)('cut-off files of every codec (skipped where ../shared is missing)', () => {
  test('are told or taken for the shorter tracks they are, never half', async () => {
    await mkdir(at('cuts'));
    const names = [
      'asc-machine_wars.mp3',
      'wesnoth-sad.ogg',
      'warzone2100-menu.opus',
      'cut-sad.flac',
      'cut-sad.wav',
      'cut-sad.m4a',
    ];
    for (const name of names) {
      const bytes = await readFile(sharedMedia('music', name));
      await writeFile(at('cuts', name), bytes.subarray(0, Math.floor(bytes.length * 0.4)));
    }
    const run = await encode('--music', at('cuts'), ...to('cuts-out'));
    const told = run.out.split('\n').filter((line) => line.startsWith('not encoded: ')).length;
    const taken = existsSync(at('cuts-out', 'catalogue.jsonl')) ? await catalogue('cuts-out') : [];
    expect([run.code, told + taken.length]).toEqual([0, names.length]);
    for (const line of ['cut-sad.flac', 'cut-sad.wav', 'cut-sad.m4a']) expect(run.out).toMatch(`not encoded: ${line}`);
    for (const { durationSec } of taken) expect(durationSec).toBeLessThan(0.6 * 290);
  });
});

describe('what was asked', () => {
  test.each([
    [[], /expected --music or --clips, got neither/],
    [['--music', '/nowhere'], /\/nowhere: expected a folder of music, got none there\./],
    [['--clips', '/nowhere'], /\/nowhere: expected a folder of clips, got none there\./],
    [['--music', '.', '--workers', 'two'], /--workers: expected a whole number from 1, got "two"\./],
    [['--music', '.', '--audio-encoder', 'mine'], /encoder "mine": expected one of basic-audio, ast, /],
    [['--music', '.', '--audio-encoder', 'ast'], /encoder "ast": its weights are not here: .* Save transformers/],
    [['--music', '.', '--image-encodr', 'clip'], /--image-encodr: not a flag of this command/],
  ])('is refused with a sentence: %j', async (args, message) => {
    const run = await encode(...args, '--out', at('refused'), '--encoders', at('no-encoders'));
    expect([run.code, run.err]).toEqual([1, expect.stringMatching(message)]);
    expect(existsSync(at('refused'))).toBe(false);
  });

  test('is refused when a flag has no value, whatever follows', async () => {
    const run = await encode('--music', at('music'), '--out');
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('--out: expected a value, got nothing.')]);
  });

  test('is refused when nothing can be read, and what was encoded before stays', async () => {
    await mkdir(at('songs'));
    await writeFile(at('songs', 'a.wav'), writeWav(sine(440, 3, 16000, 0.3), 16000));
    await encode('--music', at('songs'), ...to('stays'));
    const before = await catalogue('stays');
    await mkdir(at('broken'));
    await writeFile(at('broken', 'a.mp3'), '');
    const run = await encode('--music', at('broken'), ...to('stays'));
    expect([run.code, run.err]).toEqual([
      1,
      expect.stringMatching(/broken: none of 1 files could be read\. The first: a\.mp3/),
    ]);
    expect(await catalogue('stays')).toEqual(before);
  });

  test('is refused when --out is a file', async () => {
    await writeFile(at('a-file'), 'mine');
    const run = await encode('--music', at('music'), ...to('a-file'));
    expect([run.code, run.err]).toEqual([1, expect.stringMatching(/--out: expected a folder, got the file .*a-file/)]);
    expect(await readFile(at('a-file'), 'utf8')).toBe('mine');
  });

  test('says of a folder without music what is meant', async () => {
    await mkdir(at('pictures'));
    await copyFile(import.meta.filename, at('pictures', 'notes.txt'));
    const run = await encode('--music', at('pictures'), ...to('refused'));
    expect(run.err).toMatch(/pictures: expected audio files, found none\. Give a folder with \.mp3/);
  });
});
