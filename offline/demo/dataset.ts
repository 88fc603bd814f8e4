/** The world's clips and tracks as a folder to train on (data/dataset.ts), with the planted moments as annotations. */
import { join } from 'node:path';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { formatAnnotations } from '../data/annotations.ts';
import { SPLITS } from '../data/dataset.ts';
import { encodeFrames } from '../encode/clip.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { BASIC_AUDIO } from '../encoders/basic-audio.ts';
import { openFrameEncoder } from '../encoders/frame-encoder.ts';
import { BASIC_FRAMES_CARD } from '../encoders/registry.ts';
import { builtIn } from '../encoders/store.ts';
import { encodeSafetensors, type NamedTensor } from '../formats/safetensors.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { readFrames, type StartProgress, trackFile } from '../worlds/composed/media.ts';
import type { ClipPlan, World } from '../worlds/composed/world.ts';

interface Sources {
  world: World;
  tracks: readonly EncodedTrack[];
  /** Folder of the frames, by clip. */
  clips: ReadonlyMap<ClipPlan, string>;
  cache: string;
}

/** The encoded track a clip was made for. */
export function rightTrack({ world, tracks }: Pick<Sources, 'world' | 'tracks'>, clip: ClipPlan): EncodedTrack {
  const plan = world.tracks.find((track) => track.id === clip.trackId)!;
  const found = tracks.find((track) => track.file === trackFile(plan));
  if (!found) throw new Error(`${trackFile(plan)}: composed but not encoded. Run the demo again.`);
  return found;
}

export async function writeDataset(folder: string, sources: Sources, start: StartProgress): Promise<void> {
  const { world, tracks, clips, cache } = sources;
  const videos = new Map<string, NamedTensor>();
  const bar = start('encode clips', clips.size);
  const card = builtIn(BASIC_FRAMES_CARD);
  const encoder = await openFrameEncoder(card, 1);
  try {
    for (const [clip, frames] of clips) {
      videos.set(clip.id, await encodeFrames(await readFrames(frames), encoder, { cache, key: card.key }));
      bar.tick(1, clip.id);
    }
  } finally {
    await encoder.close();
  }
  bar.done();

  for (const split of SPLITS) {
    const rows = world.clips
      .filter((clip) => clip.split === split)
      .map((clip) => {
        const track = rightTrack(sources, clip);
        return {
          videoId: clip.id,
          musicId: track.id,
          musicStartSec: clip.startSec,
          musicEndSec: clip.endSec,
          musicTotalSec: track.durationSec,
          videoSec: clip.durationSec,
        };
      });
    await writeFileAtomic(join(folder, `${split}_data.csv`), formatAnnotations(rows));
  }
  const music = new Map(tracks.map((track) => [track.id, track.tokens]));
  await writeFileAtomic(join(folder, 'video.safetensors'), encodeSafetensors(videos));
  await writeFileAtomic(join(folder, 'music.safetensors'), encodeSafetensors(music));
  await writeFileAtomic(
    join(folder, 'encoders.json'),
    JSON.stringify({ image: BASIC_FRAMES.name, audio: BASIC_AUDIO.name }),
  );
}
