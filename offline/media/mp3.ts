/**
 * MPEG audio (MP3): find the frames here, decode them with mpg123.
 *
 * Frames are found by ISO/IEC 11172-3's headers: a header counts when the next one stands where it says. Only whole frames
 * reach mpg123, which would otherwise search any file for something to play; and counting them gives the duration for free.
 */
import { MPEGDecoder } from 'mpg123-decoder';
import type { MonoSink } from './mono-sink.ts';
import { quietly } from './quietly.ts';

// kbit/s by bitrate index 1..14
const BITRATES = {
  mpeg1: {
    1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  mpeg2: {
    1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;
const RATES = [44100, 48000, 32000];
/** Frames handed to the decoder at once: about a second. */
const BATCH = 40;

interface Frame {
  at: number;
  bytes: number;
  samples: number;
  sampleRate: number;
}

/** Whether the bytes are MPEG audio: an ID3 tag, or two frames in a row at the beginning. */
export function isMp3(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x49 && bytes[1] === 0x44 && bytes[2] === 0x33) return true;
  return isFollowed(bytes, readHeader(bytes, 0));
}

/** Decode into the sink until it is full. @returns the whole file's duration in seconds. */
export async function decodeMp3(bytes: Uint8Array, sink: MonoSink): Promise<number> {
  const frames = findFrames(bytes);
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    for (let i = 0; i < frames.length && !sink.full(); i += BATCH) {
      const batch = frames.slice(i, i + BATCH).map((frame) => bytes.subarray(frame.at, frame.at + frame.bytes));
      const { channelData, sampleRate, samplesDecoded } = await quietly(() => decoder.decodeFrames(batch));
      if (samplesDecoded > 0) sink.push(channelData, sampleRate);
    }
  } finally {
    decoder.free();
  }
  return declaredSec(bytes, frames) ?? frames.reduce((sum, frame) => sum + frame.samples / frame.sampleRate, 0);
}

/** What the encoder wrote into the first frame: "Xing" or "Info", flags, the number of frames (Xing's VBR header). */
function declaredSec(bytes: Uint8Array, [first]: readonly Frame[]): number | undefined {
  if (!first) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + first.at, first.bytes);
  const mono = bytes[first.at + 3] >> 6 === 3;
  const sideInfo = first.samples === 1152 ? (mono ? 17 : 32) : mono ? 9 : 17;
  if (first.bytes < sideInfo + 16) return undefined;
  const name = view.getUint32(4 + sideInfo);
  if ((name !== 0x58696e67 && name !== 0x496e666f) || (view.getUint32(8 + sideInfo) & 1) === 0) return undefined;
  return (view.getUint32(12 + sideInfo) * first.samples) / first.sampleRate;
}

function findFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  let at = tagLength(bytes);
  while (at + 4 <= bytes.length) {
    const frame = readHeader(bytes, at);
    // In a run one good header is enough, so that the last frame counts; to begin a run takes two.
    const inRun = frames.length > 0 && at === frames[frames.length - 1].at + frames[frames.length - 1].bytes;
    if (frame && frame.at + frame.bytes <= bytes.length && (inRun || isFollowed(bytes, frame))) {
      frames.push(frame);
      at += frame.bytes;
    } else at++;
  }
  return frames;
}

function isFollowed(bytes: Uint8Array, frame: Frame | undefined): boolean {
  const next = frame && readHeader(bytes, frame.at + frame.bytes);
  return next !== undefined && next.sampleRate === frame?.sampleRate;
}

function readHeader(bytes: Uint8Array, at: number): Frame | undefined {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xe0) !== 0xe0) return undefined;
  const version = (bytes[at + 1] >> 3) & 3; // 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
  const layer = (4 - ((bytes[at + 1] >> 1) & 3)) as 1 | 2 | 3 | 4;
  const bitrateIndex = bytes[at + 2] >> 4;
  const rateIndex = (bytes[at + 2] >> 2) & 3;
  if (version === 1 || layer === 4 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3) return undefined;
  const sampleRate = RATES[rateIndex] / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const bitrate = 1000 * BITRATES[version === 3 ? 'mpeg1' : 'mpeg2'][layer][bitrateIndex - 1];
  const padding = (bytes[at + 2] >> 1) & 1;
  const samples = layer === 1 ? 384 : layer === 3 && version !== 3 ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1; // bytes of a unit of padding
  const length = slot * (Math.floor(((samples / 8) * bitrate) / (sampleRate * slot)) + padding);
  return { at, bytes: length, samples, sampleRate };
}

/** Bytes of the ID3v2 tags in front: "ID3", version, flags, a size of four times seven bits. */
function tagLength(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x49 && bytes[at + 1] === 0x44 && bytes[at + 2] === 0x33 && at + 10 <= bytes.length) {
    const [a, b, c, d] = bytes.subarray(at + 6, at + 10);
    at += 10 + (((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127));
  }
  return at;
}
