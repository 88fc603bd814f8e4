/** `cuepoint evaluate`: measure on uses whose true moment is known. What is measured is its mode. */
import { defineCommand } from 'citty';
import { evaluateCues, evaluationTable } from '../cues/evaluate.ts';
import { readUses } from '../cues/uses.ts';
import { writeFileAtomic } from '../files.ts';
import { fromHere, print, toldPlainly } from './command.ts';

interface Measured {
  /** What --json keeps. */
  result: object;
  lines: string[];
}

interface Args {
  log?: string;
  test?: string;
}

/** Each by the flag that asks for it. */
const MODES: Readonly<Record<string, (args: Args) => Promise<Measured>>> = { cues };

export const evaluateCommand = defineCommand({
  meta: { name: 'evaluate', description: 'Measure what finds moments on uses whose true moment is known.' },
  args: {
    cues: { type: 'boolean', description: 'the cues of a log, without a model; takes --log and --test' },
    log: {
      type: 'string',
      description: "used moments to learn from: CSV in MGSV-EC's columns, or feedback as JSON lines",
    },
    test: { type: 'string', description: 'used moments to find, in either form' },
    json: { type: 'string', description: 'a file for the numbers' },
  },
  run: toldPlainly(async ({ args }) => {
    const asked = Object.keys(MODES).filter((mode) => args[mode as 'cues']);
    if (asked.length !== 1)
      throw new Error(
        `evaluate: expected one of ${Object.keys(MODES)
          .map((mode) => `--${mode}`)
          .join(', ')}, got ${asked.length || 'none'}.`,
      );
    const { result, lines } = await MODES[asked[0]](args);
    print(lines.join('\n'));
    if (args.json) await writeFileAtomic(fromHere(args.json), `${JSON.stringify(result, null, 1)}\n`);
  }),
});

async function cues({ log, test }: Args): Promise<Measured> {
  if (!log || !test) throw new Error(`evaluate --cues: expected ${log ? '--test' : '--log'} FILE, got nothing.`);
  const result = evaluateCues(await readUses(fromHere(log)), await readUses(fromHere(test)));
  return { result, lines: evaluationTable(result) };
}
