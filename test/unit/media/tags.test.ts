import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTags } from '../../../offline/media/tags.ts';
import { caseFile } from './heard.ts';

let folder: string;
let frames: Buffer; // of MPEG audio
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-tags-'));
  const bytes = await readFile(caseFile('artist-AC-DC.mp3'));
  frames = bytes.subarray(bytes.indexOf(Uint8Array.of(0xff, 0xfb)), 6000);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function tagsOf(name: string, ...pieces: Uint8Array[]) {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(pieces));
  return readTags(path);
}

/** ID3v2.3 or 2.4: name of a frame, its text; sizes below 128 are the same in both. */
function id3(version: 3 | 4, ...texts: [string, string][]): Buffer {
  const all = texts.map(([name, text]) => {
    const body = version === 4 ? Buffer.from(`\x03${text}`) : Buffer.concat([Buffer.of(1, 0xff, 0xfe), utf16(text)]);
    return Buffer.concat([Buffer.from(name), size(body.length, version === 4 ? 7 : 8), Buffer.alloc(2), body]);
  });
  const content = Buffer.concat(all);
  return Buffer.concat([Buffer.from('ID3'), Buffer.of(version, 0, 0), size(content.length, 7), content]);
}
const size = (bytes: number, bits: number): Buffer =>
  Buffer.from([3, 2, 1, 0].map((i) => (bytes >> (bits * i)) & (2 ** bits - 1)));
const utf16 = (text: string): Buffer =>
  Buffer.concat(
    [...Array(text.length).keys()].map((i) => Buffer.of(text.charCodeAt(i) & 255, text.charCodeAt(i) >> 8)),
  );

const mp3 = (name: string, version: 3 | 4, ...texts: [string, string][]) =>
  tagsOf(name, id3(version, ...texts), frames);

describe('an artist', () => {
  test('whose name has a slash is one', async () => {
    expect(await readTags(caseFile('artist-AC-DC.mp3'))).toEqual({ title: 'Thunder', artist: 'AC/DC' });
    expect(await mp3('3.mp3', 3, ['TPE1', 'AC/DC'])).toEqual({ artist: 'AC/DC' });
    expect(await mp3('4.mp3', 4, ['TPE1', 'AC/DC'])).toEqual({ artist: 'AC/DC' });
  });

  test('beside another is kept with them, in the order of the tag', async () => {
    const both = { artist: 'Alice, Bob', artists: ['Alice', 'Bob'] };
    expect(await readTags(caseFile('two-artists-id3v24.mp3'))).toMatchObject(both);
    expect(await mp3('null.mp3', 3, ['TPE1', 'Alice\0Bob'])).toEqual(both);
    expect(await mp3('slash.mp3', 4, ['TPE1', 'AC/DC\0Bob'])).toEqual({
      artist: 'AC/DC, Bob',
      artists: ['AC/DC', 'Bob'],
    });
    expect(await mp3('same.mp3', 4, ['TPE1', 'Ana\0ANA '])).toEqual({ artist: 'Ana' });
  });

  test('of a list that a program wrote beside the line that is shown, is shown by that line', async () => {
    const shown = { artist: 'AC/DC feat. Bob', artists: ['AC/DC', 'Bob'] };
    expect(await mp3('list.mp3', 3, ['TPE1', 'AC/DC feat. Bob'], ['TXXX', 'ARTISTS\0\uFEFFAC/DC\0Bob'])).toEqual(shown);
  });

  test('of repeated Vorbis comments is each of them', async () => {
    const comments = ['ARTIST=Alice', 'artist=Bob', 'ARTIST=Carol'];
    const u32 = (value: number): Buffer => Buffer.of(value & 255, value >> 8, 0, 0);
    const block = Buffer.concat([u32(0), u32(3), ...comments.flatMap((text) => [u32(text.length), Buffer.from(text)])]);
    const info = Buffer.concat([
      Buffer.of(0, 0, 0, 34, 16, 0, 16, 0),
      Buffer.alloc(6),
      Buffer.of(0x0a, 0xc4, 0x42, 0xf0),
      Buffer.alloc(20),
    ]);
    const flac = [Buffer.from('fLaC'), info, Buffer.of(0x84, 0, 0, block.length), block];
    expect(await tagsOf('three.flac', ...flac)).toEqual({
      artist: 'Alice, Bob, Carol',
      artists: ['Alice', 'Bob', 'Carol'],
    });
  });

  test('of MP4 is each of its values, in one atom or in several', async () => {
    const box = (name: string, ...content: Uint8Array[]): Buffer => {
      const body = Buffer.concat(content);
      const head = Buffer.alloc(8);
      head.writeUInt32BE(8 + body.length);
      head.write(name, 4, 'latin1');
      return Buffer.concat([head, body]);
    };
    const data = (text: string): Buffer => box('data', Buffer.of(0, 0, 0, 1, 0, 0, 0, 0), Buffer.from(text));
    const file = (...items: Uint8Array[]): Buffer[] => {
      const handler = box('hdlr', Buffer.alloc(8), Buffer.from('mdirappl'), Buffer.alloc(9));
      const meta = box('meta', Buffer.alloc(4), handler, box('ilst', ...items));
      return [
        box('ftyp', Buffer.from('M4A \0\0\0\0M4A isom')),
        box('moov', box('udta', meta)),
        box('mdat', Buffer.alloc(99)),
      ];
    };
    const both = { artist: 'Alice, Bob', artists: ['Alice', 'Bob'] };
    expect(await tagsOf('one.m4a', ...file(box('\xa9ART', data('Alice'), data('Bob'))))).toEqual(both);
    expect(await tagsOf('two.m4a', ...file(box('\xa9ART', data('Alice')), box('\xa9ART', data('Bob'))))).toEqual(both);
    expect(await tagsOf('slash.m4a', ...file(box('\xa9ART', data('AC/DC'))))).toEqual({ artist: 'AC/DC' });
  });
});

describe('a tag that is too long', () => {
  test('is cut between characters, never inside one', async () => {
    const { title } = await readTags(caseFile('title-cut-inside-emoji.mp3'));
    expect(title!.isWellFormed()).toBe(true);
    expect(title).toBe('x'.repeat(199));
    const family = '👨‍👩‍👧‍👦';
    expect((await mp3('family.mp3', 3, ['TIT2', `${'x'.repeat(195)}${family} after`])).title).toBe('x'.repeat(195));
    expect((await mp3('fits.mp3', 3, ['TIT2', `${'x'.repeat(189)}${family} after`])).title).toBe(
      `${'x'.repeat(189)}${family}`,
    );
  });

  test('or was cut by another program has no half of a character', async () => {
    expect((await mp3('half.mp3', 3, ['TIT2', 'Rain \ud83d'])).title).toBe('Rain');
  });
});

test('a genre with a slash is one', async () => {
  expect(await mp3('genre.mp3', 3, ['TCON', 'Hip-Hop/Rap'])).toEqual({ genre: ['Hip-Hop/Rap'] });
});
