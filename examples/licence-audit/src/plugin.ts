import { definePlugin } from '@waybill/core';
import { auditPackage } from './audit-package.ts';
import { auditProject } from './audit-project.ts';
import { auditedPackages } from './audited-package.ts';
import { writeNotice } from './write-notice.ts';

export default definePlugin({
  name: 'licence-audit',
  handlers: [auditProject, auditPackage],
  effects: [writeNotice],
  collections: [auditedPackages],
});
