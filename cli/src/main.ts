#!/usr/bin/env node
// What comes first must run on any Node, to say which one is needed.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `✖ waybill needs Node 22.18 or newer; this is ${process.versions.node}\n  fix: install Node 24, or: npx -p node@24 -p waybill waybill\n`,
  );
  process.exit(3);
}
const { runProcess } = await import('./run-process.ts');
await runProcess(process);
