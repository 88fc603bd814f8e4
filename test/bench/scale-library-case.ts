/**
 * One size of `bench -- scale-build library=yes` in a process of its own: a folder of small files that are encoded already, and `index build` of it with the
 * library's own catalogue, from finding and hashing the files to the gates.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { ANALYSIS_FOLDER } from '../../offline/encode/music-facts.ts';
import { placeOf } from '../../offline/encode/token-cache.ts';
import { trackKey } from '../../offline/encode/track.ts';
import { BASIC_AUDIO_CARD } from '../../offline/encoders/registry.ts';
import { builtIn } from '../../offline/encoders/store.ts';
import type { NamedTensor } from '../../offline/formats/safetensors.ts';
import { encodeSealed } from '../../offline/formats/sealed.ts';
import { indexMusic } from '../../offline/indexing/index-music.ts';
import { sha256Hex } from '../../offline/lib/files.ts';
import { presets } from '../../offline/models/registry.ts';
import { stage, stageProgress } from './scale-stage.ts';
import { scaleTracks, untrained } from './scale-tracks.ts';

export interface ScaleLibraryCase {
  tracks: number;
  preset: string;
  width?: number;
  threads: number;
  folder: string;
}

const { tracks: count, preset, width, threads, folder } = JSON.parse(process.argv[2]) as ScaleLibraryCase;
const [music, cache, catalogue] = ['music', 'cache', 'catalogue.csv'].map((name) => join(folder, name));
const audio = builtIn(BASIC_AUDIO_CARD);
/** Short, so that the files fit a disk: how long a track is does not matter to what is held of it. */
const SEGMENTS = 4;

await stage('imports');
await writeLibrary();
await stage('files made');
const widths = { frameWidth: BASIC_FRAMES.width, segmentWidth: audio.width };
const checkpoint = untrained({ ...presets()[preset], ...(width && { width }), ...widths });
checkpoint.encoders = {
  image: { name: BASIC_FRAMES.name, width: BASIC_FRAMES.width },
  audio: { name: audio.name, width: audio.width },
};
const outcome = await indexMusic({
  ...{ music, cache, catalogue, checkpoint, threads, workers: 1, folder: join(folder, 'index') },
  encoders: join(folder, 'encoders'),
  precision: 'int8',
  now: () => new Date(0),
  progress: (label) => (label === 'measure search' ? stageProgress('') : stageProgress(label)),
  print: (line) => void (/^disk: |^catalogue: .* describes/.test(line) && stage('', async () => line)),
}).then(
  () => 'all gates passed',
  (error: Error) => error.message.split('\n')[0], // the network was never trained
);
await stage('gates', async () => outcome);

/** Written straight: a cache's own writer waits for the disk after each of them. */
async function writeLibrary(): Promise<void> {
  const made = new Set<string>();
  const write = (path: string, content: Uint8Array | string): void => {
    if (!made.has(dirname(path))) mkdirSync(dirname(path), { recursive: true });
    made.add(dirname(path));
    writeFileSync(path, content);
  };
  const rows = ['file,title,artist,album,tags,mood,energy,code'];
  let number = 0;
  for (const { file, music: facts } of scaleTracks(count)) {
    const content = `track ${number}`;
    const sha256 = sha256Hex(content);
    write(join(music, file), content);
    const data = Float32Array.from({ length: SEGMENTS * audio.width }, (_, i) => Math.sin(i + number * 0.37));
    write(
      placeOf(cache, trackKey(audio.key), sha256),
      encodeSealed(new Map([['tokens', { shape: [SEGMENTS, audio.width], data }]]), { durationSec: '9' }),
    );
    const { segmentLufs: _s, beats: _b, downbeats: _d, waveform: _w, onsetStrength: _o, ...rest } = facts;
    const none: NamedTensor = { shape: [1], data: new Float32Array(1) };
    const series = ['segmentLufs', 'beats', 'downbeats', 'waveform', 'onsetStrength'];
    write(
      placeOf(cache, ANALYSIS_FOLDER, sha256),
      encodeSealed(new Map(series.map((name) => [name, none])), { facts: JSON.stringify(rest) }),
    );
    rows.push(
      `${file},Title ${number},Artist ${number % 5000},Album ${number % 20_000},calm; piano,warm,${number % 100},QZ-${number}`,
    );
    number++;
  }
  write(catalogue, `${rows.join('\n')}\n`);
}
