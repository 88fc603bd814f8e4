/** `cuepoint encoders list | check | get | add | quantise`: the encoders of this machine. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { clipsIn } from '../encode/clips-in.ts';
import { findMusic } from '../encode/library.ts';
import { type Added, addEncoder, inputShapeOf, MEDIA_NAMES } from '../encoders/add-encoder.ts';
import { KINDS, type Kind } from '../encoders/card.ts';
import { byHand, getEncoder, weightsPath } from '../encoders/get-encoder.ts';
import { chosenOf } from '../encoders/measure-encoder.ts';
import { PUBLISHED_NAMES, publicationLines, publicationOf } from '../encoders/publications.ts';
import { REGISTRY } from '../encoders/registry.ts';
import { spreadLines } from '../encoders/spread.ts';
import { findEncoder, listEncoders, missingFile, towerPath } from '../encoders/store.ts';
import { inspectTower } from '../encoders/tower-shapes.ts';
import { tryTower } from '../encoders/tower-trial.ts';
import { makeSmaller } from '../export/smaller-encoder.ts';
import { refuseUnwritable } from '../lib/files.ts';
import type { Progress } from '../lib/progress.ts';
import { findClips, type MediaFile } from '../media/media-files.ts';
import { readClip } from '../media/video.ts';
import { renderClip } from '../worlds/composed/render.ts';
import { createWorld } from '../worlds/composed/world.ts';
import { encodersFolder, fromHere, oneOf, print, progress, threads, withUserErrors } from './command.ts';

const folder = {
  encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
} as const;

const list = defineCommand({
  meta: { name: 'list', description: 'All encoders, and which can be used here.' },
  args: folder,
  run: withUserErrors(async ({ args }) => {
    const all = await listEncoders(encodersFolder(args.encoders));
    print(row('name', 'kind', 'tokens', 'window', 'licence', 'here'));
    for (const { card, path } of all) {
      const window = card.kind === 'audio' ? `${card.windowSec} s every ${card.hopSec} s` : '1 frame a second';
      const here = card.file ? (path ? 'yes' : 'no: needs a file') : 'built in';
      print(row(card.name, card.kind, String(card.width), window, card.licence, here));
    }
    const missing = all.filter(({ card, path }) => card.file && !path);
    if (missing.length) print('');
    for (const { card } of missing) print(missingFile(card.name, card.file!));
  }),
});

const row = (name: string, kind: string, tokens: string, window: string, licence: string, here: string): string =>
  `${name.padEnd(24)}${kind.padEnd(7)}${tokens.padStart(6)}  ${window.padEnd(22)}${licence.padEnd(16)}${here}`;

const check = defineCommand({
  meta: { name: 'check', description: 'Look at every added file again: its hash, its shapes, and one run.' },
  args: folder,
  run: withUserErrors(async ({ args }) => {
    const where = encodersFolder(args.encoders);
    const added = (await listEncoders(where)).filter(({ card, path }) => card.file && path);
    if (!added.length) print('No encoder has been added yet. `cuepoint encoders list` says which need a file.');
    let failed = 0;
    for (const { card, path } of added) {
      try {
        if (card.kind === 'image') await findEncoder(card.name, 'image', where);
        else await findEncoder(card.name, 'audio', where);
        const bytes = new Uint8Array(await readFile(path!));
        const { input, output } = card.file!;
        const shapes = inspectTower(bytes, card.name, card.kind, { input, output });
        const { width, msPerRun } = await tryTower(bytes, card.name, shapes, inputShapeOf(card), threads);
        if (width !== card.width)
          throw new Error(`expected tokens of ${card.width} values, got ${width}. Add it again.`);
        print(`ok    ${card.name}: ${width} values, ${msPerRun.toFixed(1)} ms a run`);
      } catch (error) {
        failed++;
        print(`wrong ${card.name}: ${(error as Error).message}`);
      }
    }
    if (failed) throw new Error(`${failed} of ${added.length} encoders cannot be used.`);
  }),
});

const add = defineCommand({
  meta: { name: 'add', description: 'Bring in an ONNX file, or published weights as safetensors or a state dict.' },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'an .onnx file, or published weights (`encoders get --help` names them): .safetensors, .pt, .bin',
    },
    name: { type: 'string', required: true, description: 'one of `encoders list`, or a new one' },
    kind: { type: 'enum', options: [...KINDS], description: 'of a new name: what it encodes' },
    preparation: { type: 'string', description: 'of a new name: clip, imagenet, mobilenet; ast, waveform, yamnet' },
    input: { type: 'string', description: "the graph's input, where it has several" },
    output: { type: 'string', description: "the graph's output, where it has several" },
    licence: { type: 'string', description: 'to be remembered with it' },
    media: {
      type: 'string',
      description:
        'folder of your music, or of your clips for an image tower: measured on, and not kept where it tells them not apart',
    },
    replace: { type: 'boolean', description: 'in place of another file of this name' },
    ...folder,
  },
  run: withUserErrors(async ({ args }) => {
    const { file, encoders, media, ...options } = args;
    await refuseUnwritable(encodersFolder(encoders), { flag: '--encoders' });
    const measuredOn = media ? await mediaIn(fromHere(media), kindOf(args.name, args.kind)) : undefined;
    const bar = measuredOn && progress('measure', measuredOn.length);
    const added = await addEncoder(
      fromHere(file),
      { ...options, threads, media: measuredOn, onFile: (name) => bar?.tick(1, name) },
      encodersFolder(encoders),
    );
    bar?.done();
    for (const line of addedLines(added)) print(line);
  }),
});

const addedLines = ({ card, bytes, msPerRun, spread }: Added): string[] => [
  `${card.name}: ${card.width} values per token, ${(bytes / 1e6).toFixed(1)} MB, ${msPerRun.toFixed(1)} ms a run, sha256 ${card.file!.sha256}`,
  ...(spread ? spreadLines(spread, MEDIA_NAMES[card.kind]) : []),
];

/** A tick of the progress. */
const PIECE_BYTES = 1e6;

const get = defineCommand({
  meta: { name: 'get', description: 'Fetch the published weights of an encoder, and make a tower of them.' },
  args: {
    name: { type: 'positional', required: true, description: PUBLISHED_NAMES.join(', ') },
    card: { type: 'boolean', description: 'only show what it is, its licence and its address' },
    url: { type: 'string', description: 'another address of the same file: a mirror' },
    keep: { type: 'boolean', description: 'leave the weights beside the tower that is made of them' },
    replace: { type: 'boolean', description: 'in place of another file of this name' },
    media: { type: 'string', description: 'as of `encoders add`: folder of your music or clips to measure it on' },
    ...folder,
  },
  run: withUserErrors(async ({ args }) => {
    const name = oneOf('NAME', PUBLISHED_NAMES, args.name);
    const publication = publicationOf(name)!;
    for (const line of publicationLines(publication)) print(line);
    const where = encodersFolder(args.encoders);
    if (args.card) return print(byHand(where, publication));
    await refuseUnwritable(where, { flag: '--encoders' });
    if (existsSync(towerPath(where, name)) && !args.replace)
      throw new Error(`${towerPath(where, name)}: there is one already. Give --replace to fetch it again.`);
    const media = args.media ? await mediaIn(fromHere(args.media), kindOf(name)) : undefined;
    let [bar, shown] = [undefined as Progress | undefined, 0];
    const onBytes = (have: number, total: number | undefined): void => {
      bar ??= progress(`fetch ${name}`, Math.max(1, Math.round((total ?? have) / PIECE_BYTES)));
      const pieces = Math.floor(have / PIECE_BYTES);
      if (pieces > shown) bar.tick(pieces - shown, `${(have / 1e6).toFixed(0)} MB`);
      shown = Math.max(shown, pieces);
    };
    const { url, keep, replace } = args;
    const { added, downloaded } = await getEncoder(publication, {
      ...{ folder: where, url, keep, replace, media, threads, onBytes },
    });
    bar?.done();
    print(
      downloaded
        ? `fetched  ${(downloaded.bytes / 1e6).toFixed(1)} MB${downloaded.resumedFrom ? `, ${(downloaded.resumedFrom / 1e6).toFixed(1)} of them before` : ''}, sha256 ${downloaded.sha256}${downloaded.checkedBy ? ', as the server says' : ' (its server says none to check it by)'}`
        : `found    ${weightsPath(where, publication)}`,
    );
    for (const line of addedLines(added)) print(line);
  }),
});

/** Of a name of the registry, its own. */
const kindOf = (name: string, kind?: Kind): Kind | undefined =>
  REGISTRY.find((card) => card.name === name)?.kind ?? kind;

/** @throws Error when there are none of that kind */
async function mediaIn(folder: string, kind: Kind | undefined): Promise<MediaFile[]> {
  if (!kind)
    throw new Error('--media: expected --kind beside it for a new name, got none. Say what the tower encodes.');
  return chosenOf((kind === 'audio' ? await findMusic(folder) : await clipsIn(folder)).files);
}

/** Enough to see what bytes cost: four composed clips. */
const COMPARED = 40;

const quantise = defineCommand({
  meta: { name: 'quantise', description: 'Make NAME-int8 of an image tower, and measure whether it fits the Worker.' },
  args: {
    name: { type: 'positional', required: true, description: 'an image encoder that has a file' },
    clips: { type: 'string', description: 'folder of clips to compare on; composed pictures unless given' },
    ...folder,
  },
  run: withUserErrors(async ({ args }) => {
    const where = encodersFolder(args.encoders);
    await refuseUnwritable(where, { flag: '--encoders' });
    const original = await findEncoder(args.name, 'image', where);
    const frames = args.clips ? await framesOf(fromHere(args.clips)) : await composedFrames();
    const made = await makeSmaller(original, frames, { folder: where, threads });
    const { bytes, products, convolutions, cosine, fit } = made;
    const changed = products + convolutions > 0;
    if (changed) print(`${products} products and ${convolutions} convolutions with bytes`);
    const mb = (count: number): string => `${(count / 1e6).toFixed(2)} MB`;
    print(`size     ${mb(bytes.before)} -> ${mb(bytes.after)}`);
    print(
      `cosine   ${cosine.mean.toFixed(4)} on average, ${cosine.least.toFixed(4)} at least, over ${frames.length} frames`,
    );
    print(
      fit.fits
        ? `Worker   fits: ${fit.heapMb.toFixed(0)} of 80 MiB beside a full-width model, ${fit.msPerRun?.toFixed(0)} ms a frame`
        : `Worker   does not fit: ${fit.reason}`,
    );
    print(
      changed
        ? `\n${made.card.name} is added.`
        : `\n${args.name} has no float matrices to quantise: there is nothing smaller to add. Use it as it is.`,
    );
  }),
});

async function framesOf(clips: string): Promise<Uint8Array[]> {
  const { files } = await findClips(clips);
  const frames: Uint8Array[] = [];
  for (const { path } of files) frames.push(...(await readClip(path)).frames.slice(0, COMPARED - frames.length));
  if (!frames.length) throw new Error(`${clips}: expected clips to compare on, found none. Check the path.`);
  return frames;
}

async function composedFrames(): Promise<Uint8Array[]> {
  const world = createWorld('encoders', { tracks: 4, train: 4, val: 0, test: 0 });
  const frames: Uint8Array[] = [];
  for (const clip of world.clips) frames.push(...(await renderClip(world, clip)));
  return frames.slice(0, COMPARED);
}

export const encodersCommand = defineCommand({
  meta: { name: 'encoders', description: 'Encoders: list, check, get, add, quantise.' },
  subCommands: { list, check, get, add, quantise },
});
