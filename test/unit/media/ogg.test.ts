import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesSource } from '../../../offline/media/byte-source.ts';
import { createMonoSink } from '../../../offline/media/mono-sink.ts';
import { decodeOgg } from '../../../offline/media/ogg.ts';
import { firstCodec } from '../../../offline/media/ogg-links.ts';
import { caseFile } from './heard.ts';

/** Pages of real files, each 4 s long with clicks at 1 and 3 s, as bytes. */
let vorbis: Buffer[];
let opus: Buffer[];
beforeAll(async () => {
  vorbis = pagesOf(await readFile(caseFile('chained-vorbis-44k-then-48k.ogg'))).slice(0, 6);
  opus = pagesOf(await readFile(caseFile('opus-no-header-gain.opus')));
});

function pagesOf(bytes: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const table = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    const length = 27 + table.length + table.reduce((sum, size) => sum + size, 0);
    pages.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pages;
}

/** The page with its first packet, granule position or flags changed; its checksum is wrong then, as after editing. */
const withBody = (page: Buffer, change: (body: Buffer) => void): Buffer => {
  const copy = Buffer.from(page);
  change(copy.subarray(27 + copy[26]));
  return copy;
};
const shifted = (pages: Buffer[], from: number, by: number): Buffer[] =>
  pages.map((page, i) => {
    if (i < from) return page;
    const copy = Buffer.from(page);
    copy.writeBigInt64LE(copy.readBigInt64LE(6) + BigInt(by), 6);
    return copy;
  });
const ended = (page: Buffer): Buffer => {
  const copy = Buffer.from(page);
  copy[5] |= 4;
  return copy;
};

async function hear(...pages: Buffer[][]) {
  const sink = createMonoSink(240);
  const { declaredSec, remarks } = await decodeOgg(bytesSource(Buffer.concat(pages.flat())), sink);
  const seconds = sink.seconds();
  const samples = sink.samples();
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const clicks: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [i, value] of samples.entries())
    if (Math.abs(value) > peak / 5) {
      if (i - last > 4800) clicks.push(Math.round(i / 1600) / 10);
      last = i;
    }
  return { seconds, declaredSec, clicks, remarks, peak };
}

describe('a chained Ogg file', () => {
  test('of Vorbis, Opus and Vorbis again has all three, each at its own rate', async () => {
    const { seconds, declaredSec, clicks, remarks } = await hear(vorbis, opus, vorbis);
    expect(seconds).toBeCloseTo(12, 4);
    expect(declaredSec).toBeCloseTo(12, 4);
    expect(clicks).toEqual([1, 3, 5, 7, 9, 11]);
    expect(remarks).toEqual([]);
  });

  test('of links with one serial number has each of them', async () => {
    expect((await hear(opus, opus, opus)).clicks).toEqual([1, 3, 5, 7, 9, 11]);
  });

  test('goes on behind a link without sound, with or without an end', async () => {
    expect((await hear(vorbis, [opus[0], ended(opus[1])], opus)).clicks).toEqual([1, 3, 5, 7]);
    expect((await hear(vorbis, [ended(opus[0])], opus)).clicks).toEqual([1, 3, 5, 7]);
    const stray = withBody(opus[0], () => {});
    stray.writeUInt32LE(12345, 14);
    expect((await hear(vorbis, [stray], opus)).clicks).toEqual([1, 3, 5, 7]);
  });

  test('goes on behind a link that nobody knows, and says so', async () => {
    const speex = withBody(opus[0], (body) => body.write('Speex   ', 'latin1'));
    const { clicks, remarks } = await hear(vorbis, [speex, ...opus.slice(1)], opus);
    expect(clicks).toEqual([1, 3, 5, 7]);
    expect(remarks).toEqual(['link 2 of its chain has no sound that can be read (Speex): left out']);
  });

  test('with a link whose sound is destroyed says how long it should be, so that it is refused', async () => {
    const broken = vorbis.map((page, i) => (i < 2 ? page : withBody(page, (body) => body.fill(0x55))));
    const { seconds, declaredSec } = await hear(opus, broken, opus);
    expect(seconds).toBeLessThan(9);
    expect(declaredSec).toBeGreaterThan(10);
  });

  test('has the gain of each header for its own link', async () => {
    const louder = withBody(opus[0], (body) => body.writeInt16LE(6 * 256, 16));
    const quieter = withBody(opus[0], (body) => body.writeInt16LE(-12 * 256, 16));
    const { peak } = await hear(opus);
    expect((await hear([louder, ...opus.slice(1)])).peak / peak).toBeCloseTo(10 ** (6 / 20), 2);
    expect((await hear([quieter, ...opus.slice(1)])).peak / peak).toBeCloseTo(10 ** (-12 / 20), 3);
    expect((await hear([quieter, ...opus.slice(1)], opus)).peak).toBeCloseTo(peak, 2);
  });
});

describe('granule positions', () => {
  test('may begin at any time: a link that was cut out of a longer one is as long as it is', async () => {
    const late = await hear(shifted(vorbis, 2, 44_100 * 1000), shifted(opus, 2, 48_000 * 9));
    expect(late.clicks).toEqual([1, 3, 5, 7]);
    expect(late.declaredSec).toBeCloseTo(8, 4);
  });

  test('of Vorbis that begin below zero cut the beginning, not the end', async () => {
    const { seconds, clicks } = await hear(shifted(vorbis, 2, -22_050));
    expect(seconds).toBeCloseTo(3.5, 4);
    expect(clicks).toEqual([0.5, 2.5]);
  });

  test('end a link: what its last packet holds beyond is left out', async () => {
    const { seconds } = await hear([...opus.slice(0, -1), ...shifted(opus.slice(-1), 0, -100)]);
    expect(seconds).toBeCloseTo(4 - 100 / 48_000, 5);
  });

  test('are as long as the sound less what an Opus header skips', async () => {
    const skips = withBody(opus[0], (body) => body.writeUInt16LE(312 + 24_000, 10));
    const { seconds, declaredSec, clicks } = await hear([skips, ...opus.slice(1)]);
    expect(seconds).toBeCloseTo(3.5, 4);
    expect(declaredSec).toBeCloseTo(3.5, 4);
    expect(clicks).toEqual([0.5, 2.5]);
  });
});

describe('pages', () => {
  test('of other streams stand between those of the sound: a skeleton in front', async () => {
    const skeleton = withBody(opus[0], (body) => body.write('fishead\0', 'latin1'));
    skeleton.writeUInt32LE(77, 14);
    const file = [skeleton, ...vorbis];
    expect(await firstCodec(Buffer.concat(file))).toBe('vorbis');
    expect((await hear(file, opus)).clicks).toEqual([1, 3, 5, 7]);
  });

  test('may have junk between and behind them, and a comment of many pages', async () => {
    const junk = [Buffer.from(`OggS${'x'.repeat(300)}`), Buffer.alloc(3000)];
    expect((await hear(vorbis, junk, opus, [Buffer.alloc(500)])).clicks).toEqual([1, 3, 5, 7]);
    const comment = Buffer.concat([Buffer.from('OpusTags'), Buffer.alloc(8), Buffer.alloc(120_000, 'x')]);
    const pages = [comment.subarray(0, 65_025), comment.subarray(65_025)].map((part, i) => {
      const lacing = Buffer.alloc(Math.floor(part.length / 255) + i, 255);
      if (i === 1) lacing[lacing.length - 1] = part.length % 255;
      const header = Buffer.from(opus[1].subarray(0, 27));
      header[5] = i;
      header.writeUInt32LE(1 + i, 18);
      header[26] = lacing.length;
      return Buffer.concat([header, lacing, part]);
    });
    const later = opus.slice(2).map((page) => {
      const copy = Buffer.from(page);
      copy.writeUInt32LE(copy.readUInt32LE(18) + 1, 18);
      return copy;
    });
    expect((await hear([opus[0], ...pages, ...later])).clicks).toEqual([1, 3]);
  });

  test('that are missing are told', async () => {
    const { remarks } = await hear(opus, [...vorbis.slice(0, 3), ...vorbis.slice(4)]);
    expect(remarks).toEqual(['pages of link 2 are missing: what comes behind them is heard too early']);
  });

  test('that are cut off are refused', async () => {
    const cut = opus[3].subarray(0, 500);
    await expect(hear([...opus.slice(0, 3), cut])).rejects.toThrow(/a last page that is cut off/);
  });
});
