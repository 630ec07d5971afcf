import { checkText, longestId, longestTenant } from '../contract/check-text.ts';

/** Names a task that somebody asks about. */
export const checkTaskRef = ({ tenant, id }: { readonly tenant: string; readonly id: string }): void => {
  checkText(tenant, 'tenant', longestTenant);
  checkText(id, 'task id', longestId);
};
