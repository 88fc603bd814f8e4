/**
 * Check that each value of a manifest is of its kind: texts, whole numbers, hashes. Later code relies on that.
 *
 * Which files there have to be, and that they fit each other, is in parse-manifest.ts.
 */
import { cutText } from '../cut-text.ts';
import { FIELD_KINDS } from './column.ts';
import type { BundleFile, EncoderInfo, Manifest } from './manifest.ts';

/** @throws Error that names the first member which is not as it should be */
export function checkMembers(manifest: Manifest, files: readonly BundleFile[]): void {
  const { encoders, model, retrieval, counts } = manifest;
  text('indexVersion', manifest.indexVersion);
  text('modelVersion', manifest.modelVersion);
  for (const file of files) checkFile(file);
  for (const { field, kind } of manifest.columns) {
    text('the field of a column', field);
    if (!FIELD_KINDS.includes(kind)) refuse(`the kind of ${field}`, FIELD_KINDS.join(' or '), kind);
  }
  checkEncoder('encoders.image', encoders?.image);
  checkEncoder('encoders.audio', encoders?.audio);
  for (const name of ['width', 'maxFrames', 'maxSegments'] as const) whole(`model.${name}`, model?.[name], 1);
  for (const name of ['strideSec', 'maxDurationSec'] as const)
    if (!(typeof model[name] === 'number' && model[name] > 0)) refuse(`model.${name}`, 'seconds', model[name]);
  const { taste } = manifest;
  if (taste !== undefined && !(typeof taste?.weight === 'number' && taste.weight >= 0 && taste.weight <= 2))
    refuse('taste.weight', 'a number from 0 to 2', taste);
  for (const name of ['candidates', 'ef'] as const) whole(`retrieval.${name}`, retrieval[name], 1);
  for (const name of ['tracks', 'removed', 'segments'] as const) whole(`counts.${name}`, counts[name], 0);
}

function checkFile(file: BundleFile | null): void {
  const { path, bytes, sha256 } = file ?? {}; // an optional one may be null
  text('the path of a file', path);
  whole(`bytes of ${path}`, bytes, 0);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    refuse(`sha256 of ${path}`, '64 hex digits', sha256);
}

function checkEncoder(place: string, encoder: EncoderInfo | undefined): void {
  text(`${place}.name`, encoder?.name);
  whole(`${place}.width`, encoder?.width, 1);
  const { width, statistics } = encoder as EncoderInfo;
  if (statistics === undefined) return;
  for (const name of ['mean', 'deviation'] as const) {
    const values: unknown = statistics?.[name];
    if (!Array.isArray(values) || values.length !== width || !values.every(Number.isFinite))
      refuse(`${place}.statistics.${name}`, `${width} numbers`, values);
  }
}

function text(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') refuse(name, 'a text', value);
}

function whole(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least) refuse(name, `a whole number from ${least}`, value);
}

function refuse(name: string, expected: string, value: unknown): never {
  const got = cutText(JSON.stringify(value) ?? 'nothing', 60);
  throw new Error(`manifest: expected ${name} to be ${expected}, got ${got}. Build the index again.`);
}
