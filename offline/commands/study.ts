/** `cuepoint study make`, `answers`, `export` and `score`: which of two systems' music people find better under a clip. */

import { join } from 'node:path';
import { defineCommand } from 'citty';
import { atMost } from '../../index/at-most.ts';
import { readStudyLine, writeStudyLine } from '../../index/format/study.ts';
import { linesOfBinding } from '../cues/feedback/binding.ts';
import { linesOfPath } from '../cues/feedback/sources.ts';
import { FILES_AT_ONCE, writeFileAtomic } from '../lib/files.ts';
import { BUNDLE } from '../lib/places.ts';
import { USUAL } from '../metrics/bootstrap.ts';
import { openService } from '../service-client/service.ts';
import { formatAnswers, readSystemAnswers } from '../study/answers-file.ts';
import { askForAnswers } from '../study/ask-service.ts';
import { keyBeside, readKey } from '../study/key.ts';
import { makeStudy } from '../study/make.ts';
import { readVerdicts } from '../study/responses.ts';
import { scoreStudy } from '../study/score.ts';
import { tellScore } from '../study/tell.ts';
import { fromHere, print, progress, root, toldPlainly, WRITES, wholeNumber } from './command.ts';

const make = defineCommand({
  meta: { name: 'make', description: "Pair systems' answers, blind and balanced, into a page of its own." },
  args: {
    systems: {
      type: 'positional',
      required: true,
      description: 'two or more of [NAME=]FILE: JSON lines, or of evaluate --json (FILE#served, FILE#truth)',
    },
    clips: { type: 'string', required: true, description: 'folder of the clips: videos, or folders of pictures' },
    music: { type: 'string', required: true, description: 'folder of the music' },
    n: { type: 'string', required: true, description: 'how many comparisons' },
    seed: { type: 'string', default: '1', description: 'draws clips, sides and order' },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'folder for the study, empty or new',
    },
    key: {
      type: 'string',
      valueHint: WRITES.file,
      description: 'where to write which side is which; beside the folder unless given',
    },
  },
  run: toldPlainly(async ({ args }) => {
    const count = wholeNumber('--n', args.n);
    const out = fromHere(args.out);
    const keyFile = args.key ? fromHere(args.key) : keyBeside(out);
    const systems = await atMost(FILES_AT_ONCE, args._, (given) => readSystemAnswers(given, fromHere));
    const bar = progress('study', count);
    const folders = { clips: fromHere(args.clips), music: fromHere(args.music) };
    const { key, absent, isLevelled } = await makeStudy({
      ...{ ...folders, systems, count, seed: args.seed, out, keyFile },
      tick: () => bar.tick(),
    });
    bar.done();
    for (const [flag, names] of [['clips', absent.clips] as const, ['music', absent.tracks] as const])
      if (names.length > 0) print(`left out: ${names.length} names that are not in --${flag}, such as "${names[0]}"`);
    if (key.alike.length > 0) print(`passed over: ${key.alike.length} clips that two systems gave the same moment`);
    if (!isLevelled) print('music plays as loud as its files are: not every answer has a "gainDb"');
    print(`study ${key.study}: ${count} comparisons of ${key.systems.join(', ')} in ${out}`);
    print(`key ${keyFile}: keep it to yourself until the answers are in`);
    print(`Open ${join(out, 'index.html')}, put the folder on any web server, or copy it to ${BUNDLE}/study.`);
  }),
});

const answers = defineCommand({
  meta: { name: 'answers', description: 'Ask a running service about every clip of a folder, for study make.' },
  args: {
    url: { type: 'string', required: true, description: 'where it is, such as http://localhost:8787' },
    key: { type: 'string', description: 'an API key with the scope "ground"; CUEPOINT_KEY does as well' },
    clips: { type: 'string', required: true, description: 'folder of clips: videos, or folders of pictures' },
    n: { type: 'string', description: 'the first so many clips; all unless given' },
    out: { type: 'string', valueHint: WRITES.file, required: true, description: 'JSON lines to write' },
  },
  run: toldPlainly(async ({ args: { url, key, clips, n, out } }) => {
    const found = await askForAnswers({
      service: openService(url, key ?? process.env.CUEPOINT_KEY),
      clips: fromHere(clips),
      count: n === undefined ? undefined : wholeNumber('--n', n),
    });
    await writeFileAtomic(fromHere(out), formatAnswers(found));
    print(`${found.length} answers in ${out}`);
  }),
});

const exportAnswers = defineCommand({
  meta: { name: 'export', description: 'Write what participants sent to the Worker as JSON lines, for study score.' },
  args: {
    from: {
      type: 'string',
      description: "a folder of .jsonl from R2, one such file, or the answer of Analytics Engine's SQL API (.json)",
    },
    bucket: { type: 'boolean', description: 'read the R2 bucket FEEDBACK_BUCKET of wrangler.toml' },
    config: { type: 'string', description: 'another file than wrangler.toml, for --bucket' },
    out: { type: 'string', valueHint: WRITES.file, required: true, description: 'JSON lines to write' },
  },
  run: toldPlainly(async ({ args }) => {
    if (Boolean(args.from) === Boolean(args.bucket))
      throw new Error(`study export: expected either --from or --bucket, got ${args.from ? 'both' : 'neither'}.`);
    const config = args.config ? fromHere(args.config) : join(root, 'wrangler.toml');
    const lines: string[] = [];
    let others = 0;
    for await (const { line } of args.from ? linesOfPath(fromHere(args.from)) : linesOfBinding(config, 'study/')) {
      const answer = readStudyLine(line);
      if ('reason' in answer) others++;
      else lines.push(writeStudyLine(answer));
    }
    await writeFileAtomic(fromHere(args.out), lines.map((line) => `${line}\n`).join(''));
    print(`${lines.length} answers in ${args.out}${others ? `; ${others} lines are none of a study` : ''}`);
  }),
});

const score = defineCommand({
  meta: {
    name: 'score',
    description: 'What the answers say: shares with 95 % intervals, and strengths of three or more.',
  },
  args: {
    answers: {
      type: 'positional',
      required: true,
      description: 'what participants downloaded or sent: .jsonl files, or folders of them',
    },
    study: { type: 'string', description: 'the folder that study make wrote; its key lies beside it' },
    key: { type: 'string', description: 'the key, where it lies elsewhere' },
    seed: { type: 'string', default: USUAL.seed, description: 'of the bootstrap' },
    draws: { type: 'string', default: String(USUAL.draws), description: 'of the bootstrap' },
    json: { type: 'string', valueHint: WRITES.file, description: 'a file for the numbers' },
  },
  run: toldPlainly(async ({ args }) => {
    if (!args.key && !args.study) throw new Error('study score: expected --study DIR or --key FILE, got neither.');
    const key = await readKey(args.key ? fromHere(args.key) : keyBeside(fromHere(args.study!)));
    const { verdicts, rejected, replaced } = await readVerdicts(linesOf(args._), key);
    for (const [reason, same] of Map.groupBy(rejected, (one) => one.reason))
      print(`left out: ${same.length} lines, ${reason}, such as ${same[0].where}`);
    if (replaced > 0)
      print(`given again: ${replaced} answers; of a person's answers to one comparison the latest counts`);
    const scored = scoreStudy(verdicts, { seed: args.seed, draws: wholeNumber('--draws', args.draws) });
    print(tellScore(scored).join('\n'));
    if (args.json) await writeFileAtomic(fromHere(args.json), `${JSON.stringify(scored, null, 1)}\n`);
  }),
});

async function* linesOf(paths: readonly string[]) {
  for (const path of paths) yield* linesOfPath(fromHere(path));
}

export const studyCommand = defineCommand({
  meta: { name: 'study', description: 'Let people judge: make a blind comparison of systems, and score it.' },
  subCommands: { make, answers, export: exportAnswers, score },
});
