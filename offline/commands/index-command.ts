/** `cuepoint index …`: the life of an index, one file per step. */
import { defineCommand } from 'citty';

export const indexCommand = defineCommand({
  meta: { name: 'index', description: 'Build, change, check and publish the index that the Worker serves.' },
  subCommands: {
    build: async () => (await import('./index-build.ts')).buildCommand,
    add: async () => (await import('./index-add.ts')).addCommand,
    remove: async () => (await import('./index-remove.ts')).removeCommand,
    verify: async () => (await import('./index-verify.ts')).verifyCommand,
    report: async () => (await import('./index-report.ts')).reportCommand,
    list: async () => (await import('./index-list.ts')).listCommand,
    publish: async () => (await import('./index-publish.ts')).publishCommand,
    rollback: async () => (await import('./index-rollback.ts')).rollbackCommand,
    vectorize: async () => (await import('./index-vectorize.ts')).vectorizeCommand,
  },
});
