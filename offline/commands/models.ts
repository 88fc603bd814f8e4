/** `cuepoint models`: the networks there are, how large they are, and what they answer. */
import { defineCommand } from 'citty';
import { countsOf } from '../models/counts.ts';
import type { Answers } from '../models/family.ts';
import { allFamilies } from '../models/registry.ts';
import { print, withUserErrors } from './command.ts';

export const modelsCommand = defineCommand({
  meta: {
    name: 'models',
    description:
      'List the networks: presets, parameters by module beside the number the paper prints, what they answer.',
  },
  run: withUserErrors(async () => {
    for (const line of modelsTable()) print(line);
  }),
});

/** A line a preset, columns aligned; modules as live parameters. */
export function modelsTable(): string[] {
  const told = (count: number) => count.toLocaleString('en');
  const rows = allFamilies().flatMap(({ title, presets, answers }) =>
    Object.entries(presets).map(([preset, config]) => {
      const { modules, parameters, live, paper } = countsOf(config);
      return [
        title,
        preset,
        told(live),
        told(parameters),
        paper === undefined ? '–' : `${paper} M`,
        inWords(answers),
        modules.map((module) => `${module.module} ${told(module.live)}`).join(' · '),
      ];
    }),
  );
  const heading = ['family', 'preset', 'live', 'as the paper counts', 'the paper', 'answers', 'live, by module'];
  const widths = heading.map((word, i) => Math.max(word.length, ...rows.map((row) => row[i].length)));
  const isNumber = (column: number) => column >= 2 && column <= 4;
  const lines = [heading, ...rows].map((row) =>
    row
      .map((cell, i) => (isNumber(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, 'As the paper counts: with what is built though it is trained by no loss, or used by none.'];
}

function inWords({ track, moment }: Answers): string {
  if (track && moment) return 'track and moment';
  return track ? 'track' : 'moment';
}
