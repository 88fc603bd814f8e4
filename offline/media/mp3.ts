/**
 * MPEG audio (MP3): find the frames here, decode them with mpg123.
 *
 * Frames are found by ISO/IEC 11172-3's headers: a header counts when the next one stands where it says. Only whole frames
 * reach mpg123, which would otherwise search any file for something to play; and counting them gives the duration for free.
 */
import { MPEGDecoder } from 'mpg123-decoder';
import type { ByteSource } from './byte-source.ts';
import type { Heard } from './heard.ts';
import type { MonoSink } from './mono-sink.ts';
import { silenced } from './silenced.ts';

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

/**
 * Whether it is MPEG audio: two frames in a row at the beginning, a tag with anything behind it but AAC, or frames behind
 * zeros or other junk.
 * @param bytes from where the ID3 tags end
 * @param tagged whether there were any
 */
export function isMp3(bytes: Uint8Array, tagged: boolean): boolean {
  const isAac = bytes[0] === 0xff && (bytes[1] & 0xf6) === 0xf0; // ADTS: layer 0 (ISO/IEC 13818-7 §6.2)
  return (tagged && !isAac) || isFollowed(bytes, readHeader(bytes, 0)) || hasFrames(bytes);
}

/** What may hold frames in a row and still be another format: RIFF, MP4 and QuickTime, Matroska, Ogg, MPEG programs. */
const CONTAINERS = ['52494646', '52494658', '1a45dfa3', '4f676753', '000001b3', '000001ba'];
const ATOMS = ['ftyp', 'moov', 'mdat', 'free', 'wide', 'skip'];
/** So many frames in a row are no accident. */
const FRAMES_IN_A_ROW = 10;

/** Frames in a row anywhere, or fewer that reach to the end. */
function hasFrames(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 8));
  if (CONTAINERS.includes(head.toString('hex', 0, 4)) || ATOMS.includes(head.toString('latin1', 4, 8))) return false;
  for (let from = 0; from + 4 <= bytes.length; from++) {
    let at = from;
    let count = 0;
    for (let frame = readHeader(bytes, at); frame && count < FRAMES_IN_A_ROW; frame = readHeader(bytes, at)) {
      at += frame.bytes;
      count++;
      if (at < bytes.length && !isFollowed(bytes, frame)) break;
    }
    if (count === FRAMES_IN_A_ROW || (count > 1 && at === bytes.length)) return true;
  }
  return false;
}

/** Decode into the sink until it is full. The duration is what the first frame says, else that of the frames. */
export async function decodeMp3(source: ByteSource, sink: MonoSink): Promise<Heard> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  let declared: number | undefined;
  let countedSec = 0;
  let batch: Uint8Array[] = [];
  const decode = async (): Promise<void> => {
    if (batch.length === 0) return;
    const { channelData, sampleRate, samplesDecoded } = await silenced(() => decoder.decodeFrames(batch));
    if (samplesDecoded > 0) sink.push(channelData, sampleRate);
    batch = [];
  };
  try {
    for await (const { frame, bytes } of findFrames(source)) {
      if (countedSec === 0) declared = declaredSec(bytes, frame);
      countedSec += frame.samples / frame.sampleRate;
      if (sink.full()) {
        if (declared !== undefined) break;
        continue; // the rest is counted, not decoded
      }
      batch.push(bytes);
      if (batch.length === BATCH) await decode();
    }
    if (!sink.full()) await decode();
  } finally {
    decoder.free();
  }
  return { declaredSec: declared ?? countedSec, remarks: [] };
}

/** What the encoder wrote into the first frame: "Xing" or "Info", flags, the number of frames (Xing's VBR header). */
function declaredSec(bytes: Uint8Array, first: Frame): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, first.bytes);
  const mono = bytes[3] >> 6 === 3;
  const sideInfo = first.samples === 1152 ? (mono ? 17 : 32) : mono ? 9 : 17;
  if (first.bytes < sideInfo + 16) return undefined;
  const name = view.getUint32(4 + sideInfo);
  if ((name !== 0x58696e67 && name !== 0x496e666f) || (view.getUint32(8 + sideInfo) & 1) === 0) return undefined;
  return (view.getUint32(12 + sideInfo) * first.samples) / first.sampleRate;
}

/** Read at once; many times the longest frame, which has less than 6 KB. */
const WINDOW = 1 << 18;
const LONGEST_FRAME = 6000;

/** Every frame with its bytes, in order; one window of the file in memory. */
async function* findFrames(source: ByteSource): AsyncGenerator<{ frame: Frame; bytes: Uint8Array }> {
  let windowAt = await tagLength(source);
  let runEnd = -1; // where the frame before ended
  for (;;) {
    const window = await source.read(windowAt, WINDOW);
    const isLast = window.length < WINDOW;
    let at = 0;
    while (at + 4 <= window.length && (isLast || at + 2 * LONGEST_FRAME < window.length)) {
      const frame = readHeader(window, at);
      // In a run one good header is enough, so that the last frame counts; to begin a run takes two.
      const inRun = windowAt + at === runEnd;
      if (frame && at + frame.bytes <= window.length && (inRun || isFollowed(window, frame))) {
        yield { frame, bytes: window.subarray(at, at + frame.bytes) };
        at += frame.bytes;
        runEnd = windowAt + at;
      } else at++;
    }
    if (isLast) return;
    windowAt += at;
  }
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

/** Where the ID3v2 tags in front end: "ID3", version, flags, a size of four times seven bits. */
export async function tagLength(source: ByteSource): Promise<number> {
  for (let at = 0; ; ) {
    const header = await source.read(at, 10);
    if (header.length < 10 || header[0] !== 0x49 || header[1] !== 0x44 || header[2] !== 0x33) return at;
    const [a, b, c, d] = header.subarray(6);
    const size = ((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127);
    at += 10;
    if (at + size < source.size) at += size; // else it is wrong, and the sound is looked for behind the header
  }
}
