import { describe, expect, test } from 'vitest';
import { ALL, checkRooms, ROOMS, type Room, roomTable } from '../../check/rooms.ts';

const rooms: readonly Room[] = [
  { folder: 'offline/lib', holds: 'files', mayImport: [] },
  { folder: 'offline/nn', holds: 'graph', mayImport: ['offline/lib'] },
  { folder: 'offline/nn/deep', holds: 'more', mayImport: [] },
  { folder: 'offline/commands', holds: 'commands', mayImport: ALL },
];
const told = (file: string, ...targets: string[]) => checkRooms(new Map([[file, targets]]), rooms);

describe('an import', () => {
  test('within a folder, and of one that the table names, is allowed', () => {
    expect(told('offline/nn/a.ts', 'offline/nn/b.ts', 'offline/lib/c.ts')).toEqual([]);
  });

  test('of any other folder is not, and what is allowed is said', () => {
    expect(told('offline/lib/a.ts', 'offline/nn/b.ts')).toEqual([
      'offline/lib/a.ts imports offline/nn/b.ts: offline/lib may import –.',
    ]);
  });

  test('counts for the nearest folder that is a room', () => {
    expect(told('offline/nn/deep/a.ts', 'offline/nn/b.ts')).toHaveLength(1);
    expect(told('offline/nn/deep/x/a.ts', 'offline/nn/deep/b.ts')).toEqual([]);
  });

  test('by the commands may be of all rooms before them', () => {
    expect(told('offline/commands/a.ts', 'offline/nn/b.ts', 'offline/lib/b.ts')).toEqual([]);
  });

  test('by a file that is in no room is told', () => {
    expect(told('elsewhere/a.ts')).toEqual([
      'elsewhere/a.ts belongs to no room. Add its folder to test/check/rooms.ts.',
    ]);
  });
});

test('a room may not import one that stands below it in the table', () => {
  const upward = [
    { folder: 'a', holds: '', mayImport: ['b'] },
    { folder: 'b', holds: '', mayImport: [] },
  ];
  expect(checkRooms(new Map(), upward)).toEqual(['a may import b, which stands below it in the table.']);
});

test('every room of the project has a line in the table', () => {
  for (const { folder } of ROOMS) expect(roomTable(ROOMS)).toContain(`| \`${folder}/\` |`);
});
