/**
 * One sample of a WAV file: how many bytes it takes, and which number they are.
 *
 * PCM stands in whole bytes, a block (a sample of every channel) may give each more of them than its bits need, and by the
 * standard the bits stand at the top ("Multiple channel audio data and WAVE files": left-justified). Some programs put them at the
 * bottom, and some write a block size that is not true; what the bytes themselves look like decides.
 */
import type { ByteSource } from './byte-source.ts';

export interface SampleFormat {
  /** WAVE_FORMAT_…, the sub-format's where it is extensible. */
  code: number;
  channelCount: number;
  sampleRate: number;
  /** Of a sample of every channel, as the header says. */
  blockBytes: number;
  bits: number;
  /** Of those, the ones that are meant. */
  validBits: number;
}

export interface SampleReader {
  bytes: number;
  /** @returns the sample at a byte, 1 = full scale */
  read(view: DataView, at: number): number;
}

interface Layout {
  kind: 'int' | 'float' | 'a-law' | 'mu-law';
  /** By the bits alone, and by the block. */
  packed: number;
  container: number;
}

const [PCM, FLOAT, A_LAW, MU_LAW] = [1, 3, 6, 7];

/** Undefined for what is no plain sample. */
export function layoutOf({ code, channelCount, blockBytes, bits }: SampleFormat): Layout | undefined {
  const packed = Math.ceil(bits / 8);
  const share = blockBytes / channelCount;
  const container = Number.isInteger(share) && share > packed && share <= 4 ? share : packed;
  if (code === PCM && packed >= 1 && packed <= 4) return { kind: 'int', packed, container };
  if (code === FLOAT && (bits === 32 || bits === 64)) return { kind: 'float', packed, container: packed };
  if ((code === A_LAW || code === MU_LAW) && bits === 8)
    return { kind: code === A_LAW ? 'a-law' : 'mu-law', packed: 1, container: 1 };
  return undefined;
}

/** @param samples the bytes of the data, from its first on */
export async function sampleReader(format: SampleFormat, samples: ByteSource): Promise<SampleReader> {
  const { kind, packed, container } = layoutOf(format)!;
  if (kind === 'a-law') return { bytes: 1, read: (view, at) => A_LAW_VALUES[view.getUint8(at)] };
  if (kind === 'mu-law') return { bytes: 1, read: (view, at) => MU_LAW_VALUES[view.getUint8(at)] };
  if (kind === 'float')
    return packed === 4
      ? { bytes: 4, read: (view, at) => view.getFloat32(at, true) }
      : { bytes: 8, read: (view, at) => view.getFloat64(at, true) };
  const spare = 8 * container - format.validBits;
  if (spare < 8) return { bytes: container, read: wholeNumber(container) };
  switch (await placeOfBits(samples, container, format.validBits)) {
    case 'top':
      return { bytes: container, read: wholeNumber(container) };
    case 'bottom': {
      const read = wholeNumber(container);
      const scale = 2 ** spare;
      return { bytes: container, read: (view, at) => read(view, at) * scale };
    }
    case 'float': // of 16-bit full scale: "24-bit" files of Cool Edit
      return { bytes: 4, read: (view, at) => view.getFloat32(at, true) / 32768 };
    default:
      return { bytes: packed, read: wholeNumber(packed) };
  }
}

/** Signed, least significant byte first, but for 8 bits, the one unsigned kind. */
function wholeNumber(bytes: number): SampleReader['read'] {
  if (bytes === 1) return (view, at) => (view.getUint8(at) - 128) / 128;
  if (bytes === 2) return (view, at) => view.getInt16(at, true) / 32768;
  if (bytes === 3) return (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608;
  return (view, at) => view.getInt32(at, true) / 2147483648;
}

/** Looked at, at most: half a minute of stereo. */
const LOOKED_AT = 1 << 23;
const PIECE = 1 << 16;
/** Samples of sound that cannot all look like floats by chance. */
const ENOUGH = 1000;

/**
 * Where the bits stand in containers that are a byte or more wider: at the top (what is below is 0), at the bottom (what is
 * above repeats the sign), as floats; undefined where it is none of them, so that the block size cannot be true.
 */
async function placeOfBits(
  samples: ByteSource,
  container: number,
  bits: number,
): Promise<'top' | 'bottom' | 'float' | undefined> {
  const spare = 8 * container - bits;
  let [isTop, isBottom, isFloat] = [true, true, container === 4];
  let heard = 0; // samples that are not silent
  const end = Math.min(samples.size, LOOKED_AT);
  for (let at = 0; at < end; at += PIECE * container) {
    const bytes = await samples.read(at, Math.min(PIECE * container, end - at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i + container <= bytes.length; i += container) {
      // The container's bits at the top of 32.
      const value =
        container === 4
          ? view.getInt32(i, true)
          : container === 3
            ? (view.getUint16(i, true) << 8) | (view.getInt8(i + 2) << 24)
            : view.getInt16(i, true) << 16;
      const shift = 32 - 8 * container;
      if (value !== 0) heard++;
      if (value << bits !== 0) isTop = false;
      const above = value >> (shift + bits - 1);
      if (above !== 0 && above !== -1) isBottom = false;
      if (isFloat && !isLoud(view.getFloat32(i, true))) isFloat = false;
    }
    if (Number(isTop) + Number(isBottom) + Number(isFloat) < 2 || spare < 8) break;
  }
  if (isFloat && heard >= ENOUGH) return 'float'; // whole numbers as floats end in zeros, too
  return isTop ? 'top' : isBottom ? 'bottom' : undefined;
}

/** A sample of 16-bit full scale, or none. */
const isLoud = (value: number): boolean => value === 0 || (Math.abs(value) > 1e-30 && Math.abs(value) < 65536);

/** G.711: a sign, three bits of exponent, four of mantissa, every second bit flipped. */
const A_LAW_VALUES = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const size = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (bits & 0x80 ? size : -size) / 32768;
});

/** G.711: all bits flipped; the scale begins at 132, so that every step is a shift. */
const MU_LAW_VALUES = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 255;
  const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -size : size) / 32768;
});
