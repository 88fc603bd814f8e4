import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AudioError } from '../../../offline/media/audio-error.ts';
import { bytesSource } from '../../../offline/media/byte-source.ts';
import { decodeWav, writeWav } from '../../../offline/media/wav.ts';

/** Everything a file holds. */
async function readWav(bytes: Uint8Array) {
  const pieces: Float32Array[][] = [];
  let sampleRate = 0;
  const push = (channels: readonly Float32Array[], rate: number): boolean => {
    pieces.push([...channels]);
    sampleRate = rate;
    return true;
  };
  const { declaredSec: durationSec, remarks } = await decodeWav(bytesSource(bytes), { push });
  const channels = pieces[0].map((_, c) => Float32Array.from(pieces.flatMap((piece) => [...piece[c]])));
  return { sampleRate, channels, durationSec, remarks };
}

interface Header {
  format: number;
  channels: number;
  rate: number;
  bits: number;
  extensible?: boolean;
  /** Bytes of a sample of every channel, and of the bits those that are meant. */
  block?: number;
  valid?: number;
  /** Overrides the size the data chunk claims. */
  claimed?: number;
}

/** A WAV file with an odd-sized chunk before the format, as some editors write. */
function wavFile(header: Header, data: readonly number[]): Uint8Array {
  const format = new DataView(new ArrayBuffer(header.extensible ? 40 : 16));
  format.setUint16(0, header.extensible ? 0xfffe : header.format, true);
  format.setUint16(2, header.channels, true);
  format.setUint32(4, header.rate, true);
  format.setUint16(12, header.block ?? 0, true);
  format.setUint16(14, header.bits, true);
  if (header.extensible) format.setUint16(18, header.valid ?? header.bits, true);
  if (header.extensible) format.setUint16(24, header.format, true);
  const size = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255];
  const text = (word: string): number[] => [...word].map((c) => c.charCodeAt(0));
  const body = [
    ...text('WAVE'),
    ...[...text('junk'), ...size(3), 1, 2, 3, 0],
    ...[...text('fmt '), ...size(format.byteLength), ...new Uint8Array(format.buffer)],
    ...[...text('data'), ...size(header.claimed ?? data.length), ...data],
  ];
  return Uint8Array.from([...text('RIFF'), ...size(body.length), ...body]);
}

const bytesOf = (array: Float32Array | Float64Array): number[] => [...new Uint8Array(array.buffer)];

describe('wav', () => {
  test('reads back what it wrote, to half a step of 16 bits', async () => {
    const samples = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i / 7));
    const wav = await readWav(writeWav(samples, 22050));
    expect(wav.sampleRate).toBe(22050);
    expect(wav.channels.length).toBe(1);
    expect(wav.durationSec).toBeCloseTo(1000 / 22050, 9);
    for (let i = 0; i < 1000; i++) expect(Math.abs(wav.channels[0][i] - samples[i])).toBeLessThan(1.5 / 32767);
  });

  test('clips what is beyond full scale instead of wrapping it', async () => {
    const [left] = (await readWav(writeWav(Float32Array.of(3, -3), 8000))).channels;
    expect(left[0]).toBeCloseTo(1, 3);
    expect(left[1]).toBeCloseTo(-1, 3);
  });

  test.each([
    ['8-bit unsigned', { format: 1, bits: 8 }, [192, 64], [0.5, -0.5]],
    ['16-bit', { format: 1, bits: 16 }, [0x00, 0x40, 0x00, 0xc0], [0.5, -0.5]],
    ['24-bit', { format: 1, bits: 24 }, [0, 0, 0x40, 0, 0, 0xc0], [0.5, -0.5]],
    ['32-bit', { format: 1, bits: 32 }, [0, 0, 0, 0x40, 0, 0, 0, 0xc0], [0.5, -0.5]],
    ['32-bit float', { format: 3, bits: 32 }, bytesOf(Float32Array.of(0.5, -0.5)), [0.5, -0.5]],
    ['64-bit float', { format: 3, bits: 64 }, bytesOf(Float64Array.of(0.5, -0.5)), [0.5, -0.5]],
    ['12-bit, at the top of two bytes,', { format: 1, bits: 12 }, [0x00, 0x40, 0x00, 0xc0], [0.5, -0.5]],
    ['A-law', { format: 6, bits: 8 }, [0xd5, 0x55, 0xaa, 0x2a], [8, -8, 32256, -32256].map((value) => value / 32768)],
    ['µ-law', { format: 7, bits: 8 }, [0xff, 0x7f, 0x80, 0x00], [0, -0, 32124, -32124].map((value) => value / 32768)],
    ['extensible 24-bit', { format: 1, bits: 24, extensible: true }, [0, 0, 0x40, 0, 0, 0xc0], [0.5, -0.5]],
  ])('reads %s samples, behind a chunk of odd size', async (_, header, data, expected) => {
    const wav = await readWav(wavFile({ channels: 1, rate: 8000, ...header }, data));
    expect([...wav.channels[0]]).toEqual(expected);
  });

  const SPARE = { channels: 2, rate: 8000, block: 8 };
  const HALVES = [0.5, -0.5, 0.25, -1 / 8388608];
  const [TOP, BOTTOM] = [
    [0, 0, 0, 0x40, 0, 0, 0, 0xc0, 0, 0, 0, 0x20, 0, 0xff, 0xff, 0xff],
    [0, 0, 0x40, 0, 0, 0, 0xc0, 0xff, 0, 0, 0x20, 0, 0xff, 0xff, 0xff, 0xff],
  ];
  test.each([
    ['at the top', { format: 1, bits: 24 }, TOP],
    ['at the bottom', { format: 1, bits: 24 }, BOTTOM],
    ['at the top, extensible', { format: 1, bits: 32, valid: 24, extensible: true }, TOP],
    ['at the bottom, extensible', { format: 1, bits: 32, valid: 24, extensible: true }, BOTTOM],
    ['at the bottom, extensible of 24', { format: 1, bits: 24, extensible: true }, BOTTOM],
  ])('reads 24 bits in four bytes, %s', async (_, header, data) => {
    const { channels } = await readWav(wavFile({ ...SPARE, ...header }, data));
    expect([channels[0][0], channels[1][0], channels[0][1], channels[1][1]]).toEqual(HALVES);
  });

  test('does not believe a block size that the samples belie', async () => {
    const samples = Int16Array.from({ length: 2000 }, (_, i) => 16384 * Math.sin(i));
    const file = wavFile({ format: 1, channels: 1, rate: 8000, bits: 16, block: 4 }, [
      ...new Uint8Array(samples.buffer),
    ]);
    const { channels } = await readWav(file);
    expect([...channels[0]]).toEqual([...samples].map((value) => value / 32768));
  });

  test('reads the "24-bit" floats of Cool Edit, whose full scale is that of 16 bits', async () => {
    const samples = Float32Array.from({ length: 2000 }, (_, i) => 16384 * Math.sin(i + 0.5));
    const file = wavFile({ format: 1, channels: 1, rate: 8000, bits: 24, block: 4 }, bytesOf(samples));
    const { channels } = await readWav(file);
    expect(channels[0][7]).toBeCloseTo(0.5 * Math.sin(7.5), 6);
  });

  test('keeps the channels of an interleaved file apart', async () => {
    const wav = await readWav(wavFile({ format: 1, channels: 3, rate: 8000, bits: 8 }, [128, 192, 64, 192, 64, 128]));
    expect(wav.channels.map((channel) => [...channel])).toEqual([
      [0, 0.5],
      [0.5, -0.5],
      [-0.5, 0],
    ]);
  });

  test('takes a float that is not a number for silence', async () => {
    const wav = await readWav(
      wavFile({ format: 3, channels: 1, rate: 8000, bits: 32 }, bytesOf(Float32Array.of(Number.NaN, 0.25))),
    );
    expect([...wav.channels[0]]).toEqual([0, 0.25]);
  });

  test('stops where the sink is full, and tells the whole duration', async () => {
    let pushed = 0;
    const push = ([channel]: readonly Float32Array[]): boolean => {
      pushed += channel.length;
      return pushed < 16000;
    };
    const { declaredSec } = await decodeWav(bytesSource(writeWav(new Float32Array(800_000), 8000)), { push });
    expect(declaredSec).toBe(100);
    expect(pushed).toBeLessThan(100_000);
  });

  test('comes in pieces that join without a seam', async () => {
    const samples = Float32Array.from({ length: 100_000 }, (_, i) => Math.sin(i / 50));
    const { channels } = await readWav(writeWav(samples, 44100));
    expect(channels[0].length).toBe(100_000);
    for (let i = 0; i < 100_000; i += 7) expect(Math.abs(channels[0][i] - samples[i])).toBeLessThan(1.5 / 32767);
  });

  test.each([0, 0xffffffff])('reads to the end of the file when the size was never filled in (%d)', async (claimed) => {
    const wav = await readWav(wavFile({ format: 1, channels: 1, rate: 8000, bits: 8, claimed }, [192, 64, 128]));
    expect([...wav.channels[0]]).toEqual([0.5, -0.5, 0]);
  });

  test('takes a size of 0 for none where another chunk follows', async () => {
    const list = [...'LIST'].map((c) => c.charCodeAt(0));
    const file = wavFile({ format: 1, channels: 1, rate: 8000, bits: 8, claimed: 0 }, [
      ...list,
      4,
      0,
      0,
      0,
      1,
      2,
      3,
      4,
    ]);
    await expect(readWav(file)).rejects.toThrow(/expected samples, got an empty data chunk/);
  });

  test('finds what follows a chunk of odd size whose last byte was left out', async () => {
    const file = wavFile({ format: 1, channels: 1, rate: 8000, bits: 8 }, [192, 64]);
    const padding = file.indexOf(3, 20); // of the junk: 1, 2, 3, and the byte that fills it up
    const shorter = Uint8Array.from([...file.subarray(0, padding + 1), ...file.subarray(padding + 2)]);
    expect([...(await readWav(shorter)).channels[0]]).toEqual([0.5, -0.5]);
  });

  test('puts up with a few bytes that are not there, and says so; with much it does not', async () => {
    const data = new Array(20_000).fill(192);
    const header = { format: 1, channels: 1, rate: 8000, bits: 8 };
    const { channels, durationSec, remarks } = await readWav(wavFile({ ...header, claimed: 20_044 }, data));
    expect([channels[0].length, durationSec]).toEqual([20_000, 2.5]);
    expect(remarks).toEqual(['its header says 20044 bytes of sound, and 44 of them are not there: read as it is']);
    await expect(readWav(wavFile({ ...header, claimed: 21_000 }, data))).rejects.toThrow(/The file is cut off/);
  });

  test('reads RF64, whose size stands in a chunk of its own, and Wave64', async () => {
    const file = wavFile({ format: 1, channels: 1, rate: 8000, bits: 8, claimed: 0xffffffff }, [192, 64, 1, 1]);
    const ds64 = new Uint8Array(8 + 28);
    ds64.set([...'ds64'].map((c) => c.charCodeAt(0)));
    ds64[4] = 28;
    ds64[8 + 8] = 2; // bytes of data: what follows is another chunk
    const rf64 = Uint8Array.from([...'RF64'].map((c) => c.charCodeAt(0)));
    const { channels, remarks } = await readWav(
      Uint8Array.from([...rf64, ...file.subarray(4, 12), ...ds64, ...file.subarray(12)]),
    );
    expect([...channels[0]]).toEqual([0.5, -0.5]);
    expect(remarks).toEqual([]);

    const tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    const guid = (name: string): number[] => [...[...name].map((c) => c.charCodeAt(0)), ...tail];
    const size = (n: number): number[] => [n, 0, 0, 0, 0, 0, 0, 0];
    const riff = [0x72, 0x69, 0x66, 0x66, 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0];
    const format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0];
    const chunks = [...guid('fmt '), ...size(40), ...format, ...guid('data'), ...size(26), 192, 64];
    const wave64 = Uint8Array.from([...riff, ...size(106), ...guid('wave'), ...chunks]);
    expect([...(await readWav(wave64)).channels[0]]).toEqual([0.5, -0.5]);
  });

  test.each([
    [
      'a file that is cut off',
      { format: 1, channels: 1, rate: 8000, bits: 8, claimed: 500 },
      /expected 500 bytes of samples, got 2/,
    ],
    ['no channels', { format: 1, channels: 0, rate: 8000, bits: 8 }, /expected 1 to 64 channels, got 0/],
    ['a rate of 0', { format: 1, channels: 1, rate: 0, bits: 8 }, /sample rate/],
    ['an ADPCM file', { format: 2, channels: 1, rate: 8000, bits: 4 }, /got ADPCM \(Microsoft\) with 4 bits/],
    ['48 bits', { format: 1, channels: 1, rate: 8000, bits: 48 }, /got PCM with 48 bits/],
  ])('refuses %s with a sentence', async (_, header, message) => {
    await expect(readWav(wavFile(header, [1, 2]))).rejects.toThrow(message);
    await expect(readWav(wavFile(header, [1, 2]))).rejects.toBeInstanceOf(AudioError);
  });

  test('never does anything but read or refuse, whatever the header says', async () => {
    const good = wavFile({ format: 1, channels: 2, rate: 8000, bits: 16, extensible: true }, [1, 2, 3, 4, 5, 6, 7, 8]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(good.length),
        async (changes, length) => {
          const bytes = good.slice(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          try {
            const wav = await readWav(bytes);
            for (const channel of wav.channels) expect(channel.every(Number.isFinite)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(AudioError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
