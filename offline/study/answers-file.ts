/**
 * What each system would play under each clip, from the files that our own tools write.
 *
 * A file of lines has an object a line, {"clip", "track", "startMs", "endMs"}, as `cuepoint study answers` and any other program can
 * write it. What `evaluate --json` wrote has up to three systems: the exact model, the deployed path, and what editors used. All
 * three are moments of the right track, since that is what an evaluation keeps. Which file a name means is media-names.ts's.
 */
import { basename, extname } from 'node:path';
import { cutText } from '../../index/cut-text.ts';
import { type Evaluation, FORMAT, readEvaluation } from '../evaluate/evaluation.ts';
import { readText } from '../formats/tables/decode.ts';
import { parsedJson } from '../lib/json.ts';

export interface SystemAnswer {
  /** Name of the clip; once found, its file relative to the folder of clips. */
  clip: string;
  /** Likewise of music. */
  track: string;
  startMs: number;
  endMs: number;
  /** What makes the moment as loud as all others. */
  gainDb?: number;
}

export interface SystemAnswers {
  system: string;
  /** At most one per clip. */
  answers: SystemAnswer[];
}

/** Of an evaluation. `exact` unless another is asked for. */
const PARTS = ['exact', 'served', 'truth'] as const;
type Part = (typeof PARTS)[number];

const LINE = '{"clip", "track", "startMs", "endMs"}';

/**
 * @param given [NAME=]FILE[#exact|#served|#truth]: without a name the system is called as the file is
 * @param pathOf the file's path
 * @throws Error naming the file and the line that cannot be used, and what to do
 */
export async function readSystemAnswers(
  given: string,
  pathOf: (file: string) => string = (file) => file,
): Promise<SystemAnswers> {
  const [, name, file, part] = /^(?:([^=/\\]+)=)?(.*?)(?:#(\w*))?$/s.exec(given) as (string | undefined)[];
  const path = pathOf(file ?? '');
  const system = name ?? [basename(path, extname(path)), ...(part ? [part] : [])].join(' ');
  if (part !== undefined && !(PARTS as readonly string[]).includes(part))
    throw new Error(`${given}: expected ${PARTS.map((one) => `#${one}`).join(', ')} after the file, got "#${part}".`);
  const { text } = await readText(
    path,
    'answers',
    `Give what evaluate --json wrote, or lines ${LINE}, as cuepoint study answers writes them.`,
  );
  if ((parsedJson(text) as { format?: string } | null | undefined)?.format === FORMAT)
    return { system, answers: ofEvaluation(path, await readEvaluation(path), (part ?? 'exact') as Part) };
  if (part !== undefined)
    throw new Error(`${given}: expected what evaluate --json wrote, got lines. Leave "#${part}" out.`);
  return { system, answers: parseAnswers(path, text) };
}

/** A video that has several rows is asked about with the first of them. */
function ofEvaluation(path: string, { exact, served }: Evaluation, part: Part): SystemAnswer[] {
  if (part === 'served' && !served)
    throw new Error(`${path}: expected the deployed path, found the exact model only. Evaluate again with --served.`);
  const rows = part === 'served' ? served!.rows : exact.rows;
  const first = new Map<string, SystemAnswer>();
  for (const { videoId, musicId, truth, found } of rows) {
    const { startSec, endSec } = part === 'truth' ? truth : found;
    const startMs = Math.max(0, Math.round(startSec * 1000));
    const endMs = Math.max(startMs + 1, Math.round(endSec * 1000)); // a model's moment may have no length worth speaking of
    if (!first.has(videoId)) first.set(videoId, { clip: videoId, track: musicId, startMs, endMs });
  }
  return [...first.values()];
}

/** @param where in front of a line's number, in what is wrong with it */
export function parseAnswers(where: string, text: string): SystemAnswer[] {
  const answers = new Map<string, SystemAnswer>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const answer = parseLine(`${where}:${i + 1}`, line);
    if (answers.has(answer.clip))
      throw new Error(
        `${where}:${i + 1}: expected one answer per clip, got another for "${answer.clip}". Leave one out.`,
      );
    answers.set(answer.clip, answer);
  }
  if (answers.size === 0) throw new Error(`${where}: expected a line ${LINE} per clip, found none.`);
  return [...answers.values()];
}

/** Members in one order: equal answers are equal files. */
export function formatAnswers(answers: readonly SystemAnswer[]): string {
  return answers
    .map(({ clip, track, startMs, endMs, gainDb }) => `${JSON.stringify({ clip, track, startMs, endMs, gainDb })}\n`)
    .join('');
}

function parseLine(place: string, line: string): SystemAnswer {
  const value = parsedJson(line) as Partial<Record<keyof SystemAnswer, unknown>> | null | undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${place}: expected ${LINE} as JSON, got "${cutText(line, 40)}". Write an object a line.`);
  for (const name of ['clip', 'track'] as const)
    if (typeof value[name] !== 'string' || value[name] === '')
      throw new Error(`${place}: "${name}": expected the name of a file, got ${JSON.stringify(value[name])}.`);
  const { clip, track, startMs, endMs, gainDb } = value as SystemAnswer;
  if (!Number.isInteger(startMs) || startMs < 0 || !Number.isInteger(endMs) || endMs <= startMs)
    throw new Error(
      `${place}: expected whole milliseconds with 0 ≤ startMs < endMs, got ${String(startMs)} and ${String(endMs)}.`,
    );
  if (gainDb !== undefined && !Number.isFinite(gainDb))
    throw new Error(`${place}: "gainDb": expected a number, got ${JSON.stringify(gainDb)}. Leave it out.`);
  return { clip, track, startMs, endMs, ...(gainDb === undefined ? {} : { gainDb }) };
}
