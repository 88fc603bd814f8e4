import { expect, test } from 'vitest';
import { writtenBy } from '../../docs/commands.ts';
import { commandLines } from '../../docs/shell-blocks.ts';

test('lines of sh blocks are found with their place; other blocks are not run', () => {
  const text = [
    '# A',
    '```sh',
    'npm run a',
    '',
    'npm run b \\',
    '  --c',
    '```',
    '```',
    'wrangler login',
    '```',
    '```json',
    '{}',
    '```',
  ];
  expect(commandLines('docs/a.md', text.join('\n'))).toEqual([
    { file: 'docs/a.md', line: 3, command: 'npm run a' },
    { file: 'docs/a.md', line: 5, command: 'npm run b   --c' },
  ]);
});

test('what a line writes under .cuepoint/ is known, so that it can be removed before the line runs', () => {
  expect(writtenBy('cuepoint encode --clips .cuepoint/demo/clips --out .cuepoint/tokens')).toEqual([
    '.cuepoint/tokens',
  ]);
  expect(writtenBy('printf x > .cuepoint/log.csv')).toEqual(['.cuepoint/log.csv']);
  expect(writtenBy('cuepoint train --out .cuepoint/demo --json .cuepoint/demo/a.json --html report.html')).toEqual([]);
});
