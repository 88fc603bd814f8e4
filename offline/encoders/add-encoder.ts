/**
 * Bring a tower's file in: look at it, run it once, and keep it with a card that says how it is fed.
 *
 * Nothing is believed of a file: its inputs and outputs are read from the graph, its width from a run. A name of the registry
 * brings its preparation along; any other needs one to be named.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { notFound, sha256Hex } from '../lib/files.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import type { MediaFile } from '../media/media-files.ts';
import type { EncoderCard, FramePreparation, Kind, SoundPreparation, TowerFile } from './card.ts';
import { measureEncoder } from './measure-encoder.ts';
import { isWeights, towerFromWeights } from './published-weights.ts';
import { FRAME_PREPARATIONS, REGISTRY, SEGMENT, SOUND_PREPARATIONS } from './registry.ts';
import { collapsed, type Spread } from './spread.ts';
import { keepTower, listEncoders, towerPath } from './store.ts';
import { inspectTower, type TowerShapes } from './tower-shapes.ts';
import { tryTower } from './tower-trial.ts';

export interface AddOptions {
  name: string;
  /** Needed for a name that the registry does not have. */
  kind?: Kind;
  preparation?: string;
  /** Names in the graph, where they are not clear. */
  input?: string;
  output?: string;
  licence?: string;
  /** Replace another file of this name. */
  replace?: boolean;
  /** Music, or clips, to measure it on before it is kept. */
  media?: readonly MediaFile[];
  /** Called after each of them. */
  onFile?: (file: string) => void;
  threads: number;
}

export interface Added {
  card: EncoderCard;
  bytes: number;
  msPerRun: number;
  /** What was measured, where there were media. */
  spread?: Spread;
}

/** @param path an ONNX file, or the published weights of CLIP or AST as safetensors @throws Error with what to do */
export async function addEncoder(path: string, options: AddOptions, folder: string): Promise<Added> {
  const { name, threads } = options;
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name))
    throw new Error(`--name: expected small letters, digits, dots and dashes, got "${name}".`);
  const known = REGISTRY.find((card) => card.name === name);
  if (known && !known.file)
    throw new Error(`--name: "${name}" is part of Cuepoint and has no file. Take another name.`);
  const kind = known?.kind ?? options.kind;
  if (!kind)
    throw new Error(`--kind: expected image or audio for the unknown encoder "${name}", got none. Say which it is.`);

  const bytes = await towerBytes(path, name);
  refuseOtherFile(path, bytes, known);
  const before = await cardOf(folder, name);
  await refuseReplacing(folder, name, bytes, options.replace);
  const shapes = inspectTower(bytes, path, kind, {
    input: options.input,
    output: options.output,
  });
  const draft = known ?? draftOf(options, kind, shapes);
  const tried = await tryTower(bytes, path, shapes, inputShapeOf(draft), threads);
  if (known && tried.width !== known.width)
    throw new Error(
      `${path}: expected tokens of ${known.width} values for ${name}, got ${tried.width} from "${shapes.output}". ${known.file!.make}`,
    );
  const file: TowerFile = {
    name: path.split(/[\\/]/).at(-1)!,
    make: known?.file?.make ?? 'Add the file again.',
    sha256: sha256Hex(bytes),
    input: shapes.input,
    output: shapes.output,
    batch: shapes.fixedBatch || !tried.batches ? 1 : (known?.file?.batch ?? BATCH[kind]),
  };
  const card = { ...draft, width: tried.width, file, ...replacing(before, file.sha256!) } as EncoderCard;
  refuseOtherFeed(card, before);
  const spread = options.media && (await spreadOn(options.media, card, bytes, options));
  await keepTower(folder, card, bytes);
  return { card, bytes: bytes.length, msPerRun: tried.msPerRun, ...(spread && { spread }) };
}

/** @throws Error when it collapses: then it is not kept */
async function spreadOn(
  media: readonly MediaFile[],
  card: EncoderCard,
  bytes: Uint8Array,
  options: AddOptions,
): Promise<Spread> {
  const spread = await withTempDir(async (folder) => {
    const path = towerPath(folder, card.name);
    await writeFile(path, bytes);
    return measureEncoder({ ...card, path, key: card.name }, media, options);
  });
  const what = MEDIA_NAMES[card.kind];
  const why = collapsed(spread, what);
  if (why)
    throw new Error(
      `${card.name}: expected tokens that tell your ${what} apart, got a tower that has collapsed: ${why} Look at how it is fed (--preparation, --input, --output), or take another tower.`,
    );
  return spread;
}

export const MEDIA_NAMES: Record<Kind, string> = { image: 'clips', audio: 'tracks' };

const BATCH: Record<Kind, number> = { image: 8, audio: 16 };

async function towerBytes(path: string, name: string): Promise<Uint8Array> {
  const missing = notFound(path, 'an ONNX file or published weights', 'Check the path.');
  if (!isWeights(path)) return new Uint8Array(await readFile(path).catch(missing));
  if (!existsSync(path)) throw new Error(`${path}: expected published weights, found no such file. Check the path.`);
  return towerFromWeights(name, path);
}

function refuseOtherFile(path: string, bytes: Uint8Array, known: EncoderCard | undefined): void {
  const expected = known?.file?.sha256;
  if (!expected || sha256Hex(bytes) === expected) return;
  throw new Error(
    `${path}: expected the file with sha256 ${expected} for ${known.name}, got ${sha256Hex(bytes)}. Add another export under a name of its own, with --kind and --preparation.`,
  );
}

/** What was trained on one file's tokens must not silently meet another's. */
async function refuseReplacing(folder: string, name: string, bytes: Uint8Array, replace = false): Promise<void> {
  const path = towerPath(folder, name);
  if (replace || !existsSync(path) || sha256Hex(new Uint8Array(await readFile(path))) === sha256Hex(bytes)) return;
  throw new Error(
    `${path}: there is another file under this name. Take another --name, or give --replace: models trained on its tokens no longer fit then.`,
  );
}

/** How a tower is fed: with the file's hash, it decides what its tokens are. */
const fedBy = (card: EncoderCard): string =>
  JSON.stringify([
    card.preparation,
    card.file?.input,
    card.file?.output,
    ...(card.kind === 'audio' ? [card.windowSec, card.hopSec] : []),
  ]);

const cardOf = async (folder: string, name: string): Promise<EncoderCard | undefined> =>
  existsSync(towerPath(folder, name))
    ? (await listEncoders(folder)).find(({ card }) => card.name === name)?.card
    : undefined;

/** What lay under the name before, the last file too where it is another. */
function replacing(before: EncoderCard | undefined, sha256: string): Pick<EncoderCard, 'replaced'> {
  const last = before?.file?.sha256;
  const known = [
    ...(before?.replaced ?? []),
    ...(before && last && last !== sha256 ? [{ sha256: last, fed: fedBy(before) }] : []),
  ];
  return known.length ? { replaced: known } : {};
}

/**
 * Tokens are known by the encoder's name and its file's hash, so one file under one name is fed in one way for good.
 * @throws Error when it was fed in another before
 */
function refuseOtherFeed(card: EncoderCard, before: EncoderCard | undefined): void {
  const { sha256 } = card.file!;
  const ways = [
    ...(before?.file?.sha256 === sha256 ? [fedBy(before!)] : []),
    ...(card.replaced ?? []).filter((one) => one.sha256 === sha256).map(({ fed }) => fed),
  ];
  if (ways.every((way) => way === fedBy(card))) return;
  throw new Error(
    `--name: expected "${card.name}" to be fed as before, got the same file with another preparation, input or output. Tokens are known by name and file: take another --name for the other way.`,
  );
}

/** The card of a name that is not in the registry, but for its file and width. */
function draftOf(options: AddOptions, kind: Kind, shapes: TowerShapes): Omit<EncoderCard, 'width' | 'file'> {
  const common = { name: options.name, licence: options.licence ?? 'not said', source: 'added by hand' };
  const names = Object.keys(kind === 'image' ? FRAME_PREPARATIONS : SOUND_PREPARATIONS);
  const { preparation = '' } = options;
  if (!names.includes(preparation))
    throw new Error(
      `--preparation: expected one of ${names.join(', ')} for an ${kind} encoder, got "${preparation}". It says how the tower was trained to be fed.`,
    );
  if (kind === 'image') {
    const chosen = framePreparation(preparation, shapes);
    return { ...common, kind, input: 'one frame', preparation: chosen } as Omit<EncoderCard, 'width' | 'file'>;
  }
  const { grid, chosen } = soundPreparation(preparation, shapes);
  return { ...common, kind, input: `${grid.windowSec} s of 16 kHz sound`, preparation: chosen, ...grid } as Omit<
    EncoderCard,
    'width' | 'file'
  >;
}

/** The named one, at the size and in the layout of the graph. */
function framePreparation(name: string, { layout = 'nchw', size }: TowerShapes): FramePreparation {
  const named = FRAME_PREPARATIONS[name];
  if (named.kind !== 'pixels' || size === undefined) return named;
  return { ...named, layout, size, resize: Math.round((named.resize * size) / named.size) };
}

function soundPreparation(name: string, { inputShape }: TowerShapes) {
  const sizes = inputShape.slice(1);
  const kind = SOUND_PREPARATIONS[name];
  if (kind === 'fbank') return { grid: SEGMENT, chosen: { kind } satisfies SoundPreparation };
  const [first] = sizes;
  if (typeof first !== 'number')
    throw new Error(
      `--preparation ${name}: expected a graph that says how much sound it takes, got [${inputShape.join(', ')}]. Export it with that size fixed.`,
    );
  // Steps that 2.5 s is a multiple of, so that every segment has its runs at the same places.
  if (kind === 'waveform') {
    const windowSec = first / 16000;
    return {
      grid: { windowSec, hopSec: windowSec >= 2 ? 1.25 : 0.5 },
      chosen: { kind, samples: first } satisfies SoundPreparation,
    };
  }
  return { grid: { windowSec: first / 100, hopSec: 0.5 }, chosen: { kind, frames: first } satisfies SoundPreparation };
}

/** Of one item, without N. */
export function inputShapeOf({ preparation }: Pick<EncoderCard, 'preparation'>): number[] {
  if (preparation.kind === 'pixels') {
    const { size, layout } = preparation;
    return layout === 'nchw' ? [3, size, size] : [size, size, 3];
  }
  if (preparation.kind === 'fbank') return [1024, 128];
  if (preparation.kind === 'waveform') return [preparation.samples];
  if (preparation.kind === 'log-mel') return [preparation.frames, 64];
  throw new Error(`internal: "${preparation.kind}" is no input of a tower`);
}
