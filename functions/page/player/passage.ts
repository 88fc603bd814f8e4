/**
 * A passage of a track as sound in memory: only its part of the file is fetched and decoded, so that a moment plays at once and a
 * track of an hour costs no more than one of a minute.
 *
 * Where the browser has no decoder for a part of a file (WebCodecs), the whole file is decoded by Web Audio.
 */

export interface Passage {
  buffer: AudioBuffer;
  /** Of the track, where the buffer begins, in seconds. */
  fromSec: number;
}

/** @throws Error with a sentence for the person, or the signal's reason */
export async function readPassage(
  context: BaseAudioContext,
  url: string,
  fromSec: number,
  toSec: number,
  signal?: AbortSignal,
): Promise<Passage> {
  const passage = await readByParts({ url }, Math.max(0, fromSec), toSec).catch(() => undefined);
  signal?.throwIfAborted();
  return passage ?? { buffer: await wholeOf(context, url, signal), fromSec: 0 };
}

/**
 * The same of a file that is there, whose sound may begin later or end earlier than asked: there it is silent.
 * @returns undefined where the browser does not decode it by parts, and where there is no sound
 */
export async function readByParts(
  from: { url: string } | { file: Blob },
  fromSec: number,
  toSec: number,
): Promise<Passage | undefined> {
  const { AudioBufferSink, BlobSource, FLAC, Input, MATROSKA, MP3, MP4, MPEG_TS, OGG, QTFF, UrlSource, WAVE, WEBM } =
    await import('../mediabunny.ts');
  const isFile = 'file' in from;
  const input = new Input({
    source: isFile ? new BlobSource(from.file) : new UrlSource(from.url),
    formats: [MP3, MP4, WAVE, FLAC, OGG, ...(isFile ? [QTFF, WEBM, MATROSKA, MPEG_TS] : [])],
  });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track || !(await track.canDecode())) return undefined;
    let buffer: AudioBuffer | undefined;
    for await (const piece of new AudioBufferSink(track).buffers(fromSec, toSec)) {
      const { numberOfChannels, sampleRate } = piece.buffer;
      buffer ??= new AudioBuffer({ length: Math.ceil((toSec - fromSec) * sampleRate), numberOfChannels, sampleRate });
      put(buffer, piece.buffer, Math.round((piece.timestamp - fromSec) * sampleRate));
    }
    return buffer && { buffer, fromSec };
  } finally {
    input.dispose();
  }
}

/** The piece at its place; what lies outside is cut off. */
function put(buffer: AudioBuffer, piece: AudioBuffer, at: number): void {
  for (let channel = 0; channel < Math.min(buffer.numberOfChannels, piece.numberOfChannels); channel++) {
    const samples = piece.getChannelData(channel).subarray(Math.max(0, -at), Math.max(0, buffer.length - at));
    if (samples.length > 0) buffer.copyToChannel(samples, channel, Math.max(0, at));
  }
}

async function wholeOf(context: BaseAudioContext, url: string, signal?: AbortSignal): Promise<AudioBuffer> {
  const response = await fetch(url, { signal }).catch((cause) => {
    signal?.throwIfAborted();
    throw new Error('The preview could not be loaded. Check the connection and try again.', { cause });
  });
  if (!response.ok)
    throw new Error('The preview could not be loaded. Load the page again: the index may have changed.');
  try {
    return await context.decodeAudioData(await response.arrayBuffer());
  } catch (cause) {
    throw new Error('This browser does not play this preview. Try another browser, or the next moment.', { cause });
  }
}
