import { expect, test } from 'vitest';
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
