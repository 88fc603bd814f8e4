/** The `cuepoint` command: `npm run cuepoint -- …`, `npm run demo`. */
import './commands/memory.ts'; // first: the process may start again
import './commands/compile-cache.ts';
import './commands/no-colours.ts'; // before citty is loaded
import { runMain } from 'citty';
import { endWithReader } from './commands/command.ts';
import { showHelp } from './commands/help.ts';
import { main } from './commands/main.ts';

process.stdout.on('error', endWithReader);
await runMain(main, { showUsage: showHelp });
