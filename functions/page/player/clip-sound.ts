/** A clip's own sound in the clip's time: from when its first picture is shown. */
import { type Passage, readByParts } from './passage.ts';

/** One channel. */
export interface Mono {
  samples: Float32Array<ArrayBuffer>;
  rate: number;
}

/** @returns undefined where the clip has no sound that this browser decodes */
export async function clipSound(file: Blob, clipMs: number): Promise<Passage | undefined> {
  const startSec = await pictureStart(file);
  return readByParts({ file }, startSec, startSec + clipMs / 1000);
}

export async function monoOf(file: Blob, clipMs: number): Promise<Mono | undefined> {
  const passage = await clipSound(file, clipMs);
  if (!passage) return undefined;
  const { length, numberOfChannels, sampleRate } = passage.buffer;
  const samples = new Float32Array(length);
  for (let channel = 0; channel < numberOfChannels; channel++) {
    const from = passage.buffer.getChannelData(channel);
    for (let i = 0; i < length; i++) samples[i] += from[i] / numberOfChannels;
  }
  return { samples, rate: sampleRate };
}

async function pictureStart(file: Blob): Promise<number> {
  const { BlobSource, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } = await import('../mediabunny.ts');
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, WEBM, MATROSKA, MPEG_TS] });
  try {
    const track = await input.getPrimaryVideoTrack();
    return track ? Math.max(0, await track.getFirstTimestamp()) : 0;
  } finally {
    input.dispose();
  }
}
