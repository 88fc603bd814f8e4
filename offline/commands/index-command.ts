/** `cuepoint index …`: the life of an index, one file per step. */
import { defineCommand } from 'citty';
import { addCommand } from './index-add.ts';
import { buildCommand } from './index-build.ts';
import { listCommand } from './index-list.ts';
import { publishCommand } from './index-publish.ts';
import { removeCommand } from './index-remove.ts';
import { reportCommand } from './index-report.ts';
import { rollbackCommand } from './index-rollback.ts';
import { vectorizeCommand } from './index-vectorize.ts';
import { verifyCommand } from './index-verify.ts';

export const indexCommand = defineCommand({
  meta: { name: 'index', description: 'Build, change, check and publish the index that the Worker serves.' },
  subCommands: {
    build: buildCommand,
    add: addCommand,
    remove: removeCommand,
    verify: verifyCommand,
    report: reportCommand,
    list: listCommand,
    publish: publishCommand,
    rollback: rollbackCommand,
    vectorize: vectorizeCommand,
  },
});
