/** `cuepoint evaluate`: measure on uses whose true moment is known: a checkpoint, the cues of a log, or one result against another. */
import { defineCommand } from 'citty';
import { evaluationTable as cuesTable, evaluateCues } from '../cues/evaluate.ts';
import { readLog } from '../cues/uses.ts';
import { readDataset, SPLITS } from '../data/dataset.ts';
import { knownBeats } from '../encode/data-folder.ts';
import { type Answers, exactAnswers, withBeats } from '../evaluate/answers.ts';
import { comparedTable, compareEvaluations } from '../evaluate/compare.ts';
import { compositeOf, rankingOf } from '../evaluate/composite.ts';
import {
  type Evaluation,
  evaluationCsv,
  FORMAT,
  measured,
  pairedDifference,
  readEvaluation,
  writeEvaluation,
} from '../evaluate/evaluation.ts';
import { servedAnswers } from '../evaluate/served/served.ts';
import { evaluationTable } from '../evaluate/table.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { type Resampling, USUAL } from '../metrics/bootstrap.ts';
import { loadCheckpoint } from '../models/checkpoint.ts';
import { checkTokensFit } from '../models/trained-on.ts';
import { evaluationReport } from '../report/evaluation-report.ts';
import { fromHere, print, progress, root, threads, WRITES, wholeNumber, withUserErrors } from './command.ts';
import { logArgs } from './index-options.ts';

interface Told {
  lines: string[];
  /** What each file flag writes; a mode that has no such file refuses the flag. */
  json: () => string;
  csv?: () => string;
  html?: () => string;
}

export const evaluateCommand = defineCommand({
  meta: { name: 'evaluate', description: 'Measure what finds moments on uses whose true moment is known.' },
  args: {
    checkpoint: { type: 'string', description: 'a trained model, by the protocol of the paper; takes --data' },
    data: { type: 'string', description: 'a folder of tokens and annotations' },
    split: { type: 'enum', options: [...SPLITS], default: 'test', description: 'clips to ask, and the tracks to find' },
    served: {
      type: 'boolean',
      description:
        'also by the Worker itself, in workerd: an index of the split, in int8, with cues where --log is given',
    },
    compare: { type: 'string', description: 'two results of --json, A.json B.json: what B has more than A, paired' },
    top: { type: 'string', description: 'keep so many tracks that rank highest for each clip, for --candidates' },
    candidates: {
      type: 'string',
      description: 'a result of --top and --json: also find the moments in the tracks that it ranks highest',
    },
    rank: { type: 'string', description: 'a result of --json whose ranking counts; takes --moment' },
    moment: { type: 'string', description: 'a result of --json on the same clips whose moments count' },
    cues: { type: 'boolean', description: 'the cues of a log, without a model; takes --log and --test' },
    ...logArgs,
    test: { type: 'string', description: 'used moments to find, in either form' },
    seed: { type: 'string', default: USUAL.seed, description: 'of the bootstrap' },
    draws: { type: 'string', default: String(USUAL.draws), description: 'of the bootstrap' },
    json: {
      type: 'string',
      valueHint: WRITES.file,
      description: 'a file for the numbers, with every row of a checkpoint',
    },
    csv: {
      type: 'string',
      valueHint: WRITES.file,
      description: 'a file for the rows of a checkpoint, as a spreadsheet',
    },
    html: {
      type: 'string',
      valueHint: WRITES.file,
      description: 'a file for the page of a checkpoint: charts, and its best and worst cases',
    },
  },
  run: withUserErrors(async ({ args, rawArgs }) => {
    const asked = (['checkpoint', 'cues', 'compare', 'rank'] as const).filter((mode) => args[mode]);
    if (asked.length !== 1)
      throw new Error(
        `evaluate: expected one of --checkpoint, --cues, --compare, --rank, got ${asked.map((mode) => `--${mode}`).join(' and ') || 'none'}.`,
      );
    const resampling = { seed: args.seed, draws: wholeNumber('--draws', args.draws) };
    const told = await {
      checkpoint: () => ofCheckpoint(args, resampling),
      cues: () => ofCues(args, resampling),
      compare: () => ofTwo(filesOf(rawArgs), resampling),
      rank: () => ofComposite(args, resampling),
    }[asked[0]]();
    for (const flag of ['csv', 'html'] as const)
      if (args[flag] && !told[flag])
        throw new Error(`--${flag}: expected --checkpoint or --rank beside it, got --${asked[0]}. Leave it out.`);
    if (args.moment && asked[0] !== 'rank')
      throw new Error(`--moment: expected --rank beside it, got --${asked[0]}. Leave it out.`);
    print(told.lines.join('\n'));
    for (const flag of ['json', 'csv', 'html'] as const)
      if (args[flag]) await writeFileAtomic(fromHere(args[flag]), told[flag]!());
  }),
});

interface Args {
  checkpoint?: string;
  data?: string;
  split: (typeof SPLITS)[number];
  served?: boolean;
  top?: string;
  candidates?: string;
  rank?: string;
  moment?: string;
  log?: string;
  test?: string;
}

async function ofCheckpoint(
  { checkpoint: file, data: folder, split, served, top, candidates, log: logFile }: Args,
  resampling: Resampling,
): Promise<Told> {
  if (!folder) throw new Error('evaluate --checkpoint: expected --data DIR, got nothing.');
  if (logFile && !served)
    throw new Error(
      'evaluate --log: expected --served or --cues beside it, got neither. Only a service or a look-up reads a log.',
    );
  const log = logFile && fromHere(logFile);
  const checkpoint = await loadCheckpoint(fromHere(file!));
  const data = await readDataset(fromHere(folder), print);
  for (const line of checkTokensFit('evaluate', checkpoint.encoders, data.encoders)) print(line);
  const rows = data.splits[split];
  if (!rows.length) throw new Error(`${folder}: expected rows in ${split}_data.csv, found none. Give --split.`);
  const beats = await knownBeats(fromHere(folder));
  const inTime = <A extends Answers>(answers: A): A => ({ ...answers, rows: withBeats(answers.rows, beats) });
  const exact = await exactAnswers(checkpoint, data, rows, threads, {
    top: top === undefined ? undefined : wholeNumber('--top', top),
    candidates: candidates ? rankingOf(await readEvaluation(fromHere(candidates)), candidates, rows, split) : undefined,
  });
  const answers = inTime(exact);
  const { config, step, seed, revision } = checkpoint;
  const evaluation: Evaluation = {
    format: FORMAT,
    checkpoint: { file: file!, preset: config.preset, step, seed, revision },
    data: folder,
    split,
    tracks: answers.tracks,
    ...(answers.answers && { answers: answers.answers }),
    resampling,
    exact: measured('the exact model', answers, resampling),
  };
  if (served) {
    const options = { checkpoint, data, rows, log, precision: 'int8', threads, progress } as const;
    const other = inTime(await servedAnswers({ root, ...options }));
    const videos = rows.map(({ videoId }) => videoId);
    const difference = pairedDifference(videos, answers.rows, other.rows, resampling);
    evaluation.served = { ...measured(other.path, other, resampling), difference };
  }
  return toldOf(evaluation);
}

async function ofComposite({ rank, moment }: Args, resampling: Resampling): Promise<Told> {
  if (!moment) throw new Error('evaluate --rank: expected --moment FILE, got nothing.');
  const [a, b] = [await readEvaluation(fromHere(rank!)), await readEvaluation(fromHere(moment))];
  return toldOf(compositeOf(a, b, resampling));
}

const toldOf = (evaluation: Evaluation): Told => ({
  lines: evaluationTable(evaluation),
  json: () => writeEvaluation(evaluation),
  csv: () => evaluationCsv(evaluation),
  html: () => evaluationReport(evaluation),
});

async function ofCues({ log, test }: Args, resampling: Resampling): Promise<Told> {
  if (!log || !test) throw new Error(`evaluate --cues: expected ${log ? '--test' : '--log'} FILE, got nothing.`);
  const [logged, asked] = [await readLog(fromHere(log)), await readLog(fromHere(test))];
  const result = evaluateCues(logged.uses, asked.uses, resampling);
  const read = [logged, asked].map(({ understood }) => `read ${understood}`);
  return { lines: [...read, '', ...cuesTable(result)], json: () => `${JSON.stringify(result, null, 1)}\n` };
}

async function ofTwo(files: readonly string[], resampling: Resampling): Promise<Told> {
  if (files.length !== 2) throw new Error(`--compare: expected A.json B.json, got ${files.length} files.`);
  const [a, b] = [await readEvaluation(fromHere(files[0])), await readEvaluation(fromHere(files[1]))];
  const compared = compareEvaluations(a, b, resampling);
  return { lines: comparedTable(compared, [files[0], files[1]]), json: () => `${JSON.stringify(compared, null, 1)}\n` };
}

/** What stands between --compare and the next flag. */
function filesOf(rawArgs: readonly string[]): string[] {
  const at = rawArgs.findIndex((arg) => arg === '--compare' || arg.startsWith('--compare='));
  const inline = rawArgs[at].slice('--compare='.length);
  const rest = rawArgs.slice(at + 1);
  const end = rest.findIndex((arg) => arg.startsWith('--'));
  return [...(inline ? [inline] : []), ...(end < 0 ? rest : rest.slice(0, end))];
}
