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
  const durationSec = await decodeWav(bytesSource(bytes), { push });
  const channels = pieces[0].map((_, c) => Float32Array.from(pieces.flatMap((piece) => [...piece[c]])));
  return { sampleRate, channels, durationSec };
}

interface Header {
  format: number;
  channels: number;
  rate: number;
  bits: number;
  extensible?: boolean;
  /** Overrides the size the data chunk claims. */
  claimed?: number;
}

/** A WAV file with an odd-sized chunk before the format, as some editors write. */
function wavFile(header: Header, data: readonly number[]): Uint8Array {
  const format = new DataView(new ArrayBuffer(header.extensible ? 40 : 16));
  format.setUint16(0, header.extensible ? 0xfffe : header.format, true);
  format.setUint16(2, header.channels, true);
  format.setUint32(4, header.rate, true);
  format.setUint16(14, header.bits, true);
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
    ['extensible 24-bit', { format: 1, bits: 24, extensible: true }, [0, 0, 0x40, 0, 0, 0xc0], [0.5, -0.5]],
  ])('reads %s samples, behind a chunk of odd size', async (_, header, data, expected) => {
    const wav = await readWav(wavFile({ channels: 1, rate: 8000, ...header }, data));
    expect([...wav.channels[0]]).toEqual(expected);
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
    expect(await decodeWav(bytesSource(writeWav(new Float32Array(800_000), 8000)), { push })).toBe(100);
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

  test.each([
    [
      'a file that is cut off',
      { format: 1, channels: 1, rate: 8000, bits: 8, claimed: 500 },
      /expected 500 bytes of samples, got 2/,
    ],
    ['no channels', { format: 1, channels: 0, rate: 8000, bits: 8 }, /expected 1 to 64 channels, got 0/],
    ['a rate of 0', { format: 1, channels: 1, rate: 0, bits: 8 }, /sample rate/],
    ['an ADPCM file', { format: 2, channels: 1, rate: 8000, bits: 4 }, /got format 2 with 4 bits/],
    ['12 bits', { format: 1, channels: 1, rate: 8000, bits: 12 }, /got format 1 with 12 bits/],
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
