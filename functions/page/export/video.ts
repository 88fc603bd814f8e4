/**
 * The clip with its music as one file, MP4 or WebM: the picture's packets are copied where the container takes them and encoded anew where it does
 * not, and the sound is what the page plays, rendered (sound.ts).
 *
 * MP4 has AAC where the browser encodes it, else Opus; WebM has Opus. mediabunny writes both.
 */
import { ClipError } from '../clip-error.ts';
import {
  AudioBufferSource,
  BlobSource,
  BufferTarget,
  Conversion,
  getFirstEncodableAudioCodec,
  Input,
  Mp4OutputFormat,
  Output,
  QUALITY_HIGH,
  WebMOutputFormat,
} from '../mediabunny.ts';
import type { Levels, Music } from '../player/music-plan.ts';
import { CLIP_FORMATS } from './clip-facts.ts';
import { renderSound, SAMPLE_RATE } from './sound.ts';

export interface VideoOrder {
  file: File;
  clipMs: number;
  music: Music;
  levels: Levels;
  container: 'mp4' | 'webm';
  /** For the file's own comment. */
  credit: string;
  signal: AbortSignal;
  /** 0 to 1. */
  onShare: (share: number) => void;
}

export interface WrittenVideo {
  blob: Blob;
  /** The picture is as it was. */
  isCopied: boolean;
  audioCodec: string;
}

/** How far the copied picture may begin before the clip does, which is hidden by an edit list; what begins earlier is encoded anew. */
const EARLIER_SEC = 0.001;

/** @throws ClipError when this browser cannot write it; the signal's reason when aborted */
export async function writeVideo(order: VideoOrder): Promise<WrittenVideo> {
  const { file, clipMs, container, credit, signal, onShare } = order;
  const input = new Input({ source: new BlobSource(file), formats: CLIP_FORMATS });
  try {
    const format = container === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat();
    const codec = await audioCodecFor(container);
    const picture = await input.getPrimaryVideoTrack();
    if (!picture) throw new ClipError(`${file.name}: expected a video, got a file without pictures. Choose a video.`);
    const startSec = Math.max(0, await picture.getFirstTimestamp());
    const output = new Output({ format, target: new BufferTarget() });
    const convert = (mode: 'forced' | 'preferred'): Promise<Conversion> =>
      Conversion.init({
        input,
        output,
        tracks: 'primary',
        video: mode === 'forced' ? {} : { quality: QUALITY_HIGH }, // a wish for a quality is one for another picture
        audio: { discard: true },
        trim: { start: startSec, end: startSec + clipMs / 1000 },
        copy: { mode, boundaryTolerance: EARLIER_SEC },
        showWarnings: false,
        composable: true,
      });
    const copying = await convert('forced');
    const isCopied = copying.utilizedTracks.length > 0;
    const conversion = isCopied ? copying : await convert('preferred');
    if (conversion.utilizedTracks.length === 0) throw cannotWrite(container);
    const sound = new AudioBufferSource({ codec, quality: QUALITY_HIGH });
    output.addAudioTrack(sound);
    output.setMetadataTags({ comment: credit });
    const stop = (): void => void conversion.cancel().catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    conversion.onProgress = onShare;
    try {
      const rendered = await renderSound({ ...order, startSec });
      signal.throwIfAborted();
      await output.start();
      await Promise.all([conversion.execute(), addBySeconds(sound, rendered)]);
      await output.finalize();
    } catch (cause) {
      await output.cancel().catch(() => undefined);
      signal.throwIfAborted();
      throw cause;
    } finally {
      signal.removeEventListener('abort', stop);
    }
    const type = container === 'mp4' ? 'video/mp4' : 'video/webm';
    return { blob: new Blob([output.target.buffer!], { type }), isCopied, audioCodec: codec };
  } finally {
    input.dispose();
  }
}

async function audioCodecFor(container: VideoOrder['container']): Promise<'aac' | 'opus'> {
  const wanted: ('aac' | 'opus')[] = container === 'mp4' ? ['aac', 'opus'] : ['opus'];
  const codec = await getFirstEncodableAudioCodec(wanted, { numberOfChannels: 2, sampleRate: SAMPLE_RATE });
  if (!codec) throw cannotWrite(container);
  return codec as 'aac' | 'opus';
}

/** Piece by piece, so that it waits for the picture beside it. */
async function addBySeconds(source: AudioBufferSource, sound: AudioBuffer): Promise<void> {
  const { numberOfChannels, sampleRate, length } = sound;
  for (let at = 0; at < length; at += sampleRate) {
    const piece = new AudioBuffer({ length: Math.min(sampleRate, length - at), numberOfChannels, sampleRate });
    for (let channel = 0; channel < numberOfChannels; channel++)
      piece.copyToChannel(sound.getChannelData(channel).subarray(at, at + piece.length), channel);
    await source.add(piece);
  }
  source.close();
}

function cannotWrite(container: string): ClipError {
  return new ClipError(
    `${container}: expected a browser that encodes its sound and picture, this one does not. Take the other kind, or an edit list for your editing program.`,
  );
}
