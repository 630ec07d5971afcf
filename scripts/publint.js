// Checks what each published package would look like to its users.
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const manifests = globSync('{core,workers,cli,test,{technology,brokers,channels,stores}/*}/package.json');
let problems = 0;
for (const path of manifests.sort()) {
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const { messages } = await publint({ pkgDir: dirname(path), strict: true });
  for (const message of messages) console.error(`${manifest.name}: ${formatMessage(message, manifest)}`);
  problems += messages.length;
}
console.log(`publint: ${manifests.length} packages, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
