/**
 * The clip with its music as one file, MP4 or WebM, written in a thread of its own: the picture's packets are copied where the container takes them
 * and encoded anew where it does not; the sound comes as samples (sound.ts).
 *
 * MP4 has AAC where the browser encodes it, else Opus; WebM has Opus. mediabunny writes both. Its writing part is loaded here alone: within one
 * thread the library may be there once only, and who reads a clip does without.
 */
import {
  AudioSample,
  AudioSampleSource,
  BlobSource,
  BufferTarget,
  Conversion,
  getFirstEncodableAudioCodec,
  Input,
  MATROSKA,
  MP4,
  MPEG_TS,
  Mp4OutputFormat,
  Output,
  QTFF,
  QUALITY_HIGH,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny';
import type { VideoAnswer, VideoRequest } from './video-messages.ts';

/** How far the copied picture may begin before the clip does, which is hidden by an edit list; what begins earlier is encoded anew. */
const EARLIER_SEC = 0.001;

async function write({ file, clipMs, container, credit, sound }: VideoRequest): Promise<VideoAnswer> {
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, WEBM, MATROSKA, MPEG_TS] });
  const format = container === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat();
  const output = new Output({ format, target: new BufferTarget() });
  const audioCodec = await audioCodecFor(container, sound.rate);
  const picture = await input.getPrimaryVideoTrack();
  if (!picture || !audioCodec) return { kind: 'cannot' };
  const startSec = Math.max(0, await picture.getFirstTimestamp());
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
  if (conversion.utilizedTracks.length === 0) return { kind: 'cannot' };
  const source = new AudioSampleSource({ codec: audioCodec, quality: QUALITY_HIGH });
  output.addAudioTrack(source);
  output.setMetadataTags({ comment: credit });
  conversion.onProgress = (share) => post({ kind: 'share', share });
  await output.start();
  await Promise.all([conversion.execute(), addBySeconds(source, sound)]);
  await output.finalize();
  const type = container === 'mp4' ? 'video/mp4' : 'video/webm';
  return { kind: 'written', blob: new Blob([output.target.buffer!], { type }), isCopied, audioCodec };
}

async function audioCodecFor(container: VideoRequest['container'], sampleRate: number): Promise<'aac' | 'opus' | null> {
  const wanted: ('aac' | 'opus')[] = container === 'mp4' ? ['aac', 'opus'] : ['opus'];
  return (await getFirstEncodableAudioCodec(wanted, { numberOfChannels: 2, sampleRate })) as 'aac' | 'opus' | null;
}

/** Piece by piece, so that it waits for the picture beside it. */
async function addBySeconds(source: AudioSampleSource, { channels, rate }: VideoRequest['sound']): Promise<void> {
  const { length } = channels[0];
  for (let at = 0; at < length; at += rate) {
    const frames = Math.min(rate, length - at);
    const data = new Float32Array(frames * channels.length);
    for (const [channel, samples] of channels.entries()) data.set(samples.subarray(at, at + frames), channel * frames);
    const sample = new AudioSample({
      data,
      format: 'f32-planar',
      numberOfChannels: channels.length,
      sampleRate: rate,
      timestamp: at / rate,
    });
    await source.add(sample);
    sample.close();
  }
  source.close();
}

const post = (answer: VideoAnswer): void => globalThis.postMessage(answer);

addEventListener('message', ({ data }: MessageEvent<VideoRequest>) => {
  write(data).then(post, (cause: Error) => post({ kind: 'failed', message: cause.message }));
});
