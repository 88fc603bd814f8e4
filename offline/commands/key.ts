/** `cuepoint key new` and `cuepoint key revoke`: who may ask the Worker. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { defineCommand } from 'citty';
import { writeFileAtomic } from '../lib/files.ts';
import { addEntry, KEY_BYTES, makeApiKey, revokeEntry } from '../service-client/api-key.ts';
import { fromHere, print, toldPlainly, WRITES } from './command.ts';

const make = defineCommand({
  meta: { name: 'new', description: 'Make a key. It is printed once, and kept nowhere.' },
  args: {
    id: { type: 'string', required: true, description: 'whose it is; it stands in the logs' },
    scopes: { type: 'string', required: true, description: 'what it may do: some of ground,feedback,metrics' },
    file: {
      type: 'string',
      valueHint: WRITES.file,
      description: 'list of entries to add it to; made where there is none',
    },
  },
  run: toldPlainly(async ({ args: { id, scopes, file } }) => {
    const { key, entry } = makeApiKey(id, scopes, randomBytes(KEY_BYTES));
    if (file) await edit(file, (text) => addEntry(text, entry));
    print(`key    ${key}`);
    print(`entry  ${JSON.stringify(entry)}`);
    print(
      '\nThe key goes to whoever asks; it cannot be shown again. The entry goes into the list that is the secret API_KEYS:',
    );
    print(
      file
        ? setSecret(file)
        : '  npx wrangler secret put API_KEYS    and paste [ENTRY, …] with those of the other keys',
    );
    print(
      'To take the key back, write "revoked": true into its entry (cuepoint key revoke --file), and set the secret again.',
    );
  }),
});

const revoke = defineCommand({
  meta: { name: 'revoke', description: 'Take a key back: mark its entry in the list.' },
  args: {
    id: { type: 'string', required: true, description: 'whose it is' },
    file: { type: 'string', valueHint: WRITES.file, required: true, description: 'list of entries' },
  },
  run: toldPlainly(async ({ args: { id, file } }) => {
    if (!existsSync(fromHere(file))) throw new Error(`${file}: expected a list of keys, found none. Check the path.`);
    await edit(file, (text) => revokeEntry(text, id));
    print(`"${id}" is revoked in ${file}. The Worker refuses it from the next time the secret is set:`);
    print(setSecret(file));
  }),
});

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const path = fromHere(file);
  await writeFileAtomic(path, change(existsSync(path) ? readFileSync(path, 'utf8') : '[]'));
}

function setSecret(file: string): string {
  return `  npx wrangler secret put API_KEYS < ${file}`;
}

export const keyCommand = defineCommand({
  meta: { name: 'key', description: 'API keys of the Worker: new, revoke.' },
  subCommands: { new: make, revoke },
});
