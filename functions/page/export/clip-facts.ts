/** What editing programs want to know of a clip that its tokens do not say. */
import type { EditClip } from '../../../index/edit/edit.ts';
import { frameRateOf } from '../../../index/edit/frame-rate.ts';
import { ClipError } from '../clip-error.ts';
import { BlobSource, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } from '../mediabunny.ts';

export const CLIP_FORMATS = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS];
/** A telephone's frames come at odd times; over so many packets it is the rate. */
const LOOKED_AT = 200;
/** Of a clip of one picture. */
const USUAL_RATE = 25;

export async function readClipFacts(file: File, durationMs: number): Promise<EditClip> {
  const input = new Input({ source: new BlobSource(file), formats: CLIP_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new ClipError(`${file.name}: expected a video, got a file without pictures. Choose a video.`);
    const { averagePacketRate } = await track.computePacketStats(LOOKED_AT);
    return {
      name: file.name,
      durationMs,
      rate: frameRateOf(averagePacketRate > 0 && averagePacketRate <= 1000 ? averagePacketRate : USUAL_RATE),
      hasSound: (await input.getPrimaryAudioTrack()) !== null,
      size: { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() },
    };
  } finally {
    input.dispose();
  }
}
