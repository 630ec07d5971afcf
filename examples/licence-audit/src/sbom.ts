import { Contrib, Enums, Models, Serialize, Spec, SPDX } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import type { AuditedPackage } from './audited-package.ts';
import { dependenciesOf, workspacesOf } from './dependency-graph.ts';
import type { LockFile } from './lock-file.ts';

/** The CycloneDX 1.6 document of a project, as JSON text: one component per audited package. */
export const sbomOf = (lock: LockFile, audited: readonly AuditedPackage[]): string => {
  const bom = new Models.Bom({ serialNumber: Contrib.Bom.Utils.randomSerialNumber() });
  const project = new Models.Component(Enums.ComponentType.Application, lock.root.name, {
    bomRef: lock.root.name,
    ...(lock.root.version === undefined ? {} : { version: lock.root.version }),
  });
  bom.metadata = new Models.Metadata({ timestamp: new Date(), component: project });
  bom.metadata.tools.components.add(
    new Models.Component(Enums.ComponentType.Application, 'waybill-licence-audit', { version: '0.1.0' }),
  );
  const components = new Map(audited.map((each) => [each.path, componentOf(each)]));
  const connect = (from: Models.Component, paths: readonly string[]): void => {
    for (const path of paths) {
      const to = components.get(path);
      if (to !== undefined) from.dependencies.add(to.bomRef);
    }
  };
  connect(project, [...dependenciesOf(lock, lock.root), ...workspacesOf(lock)]);
  for (const [path, component] of components) {
    bom.components.add(component);
    const entry = lock.entries.get(path);
    if (entry !== undefined) connect(component, dependenciesOf(lock, entry));
  }
  const normalizers = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(normalizers).serialize(bom, { sortLists: true, space: 2 })}\n`;
};

const componentOf = (audited: AuditedPackage): Models.Component => {
  const { path, name, version, description, development, licenceFile } = audited;
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    // The path: npm may install one version of a package in several places.
    bomRef: path,
    version,
    purl: purlOf(name, version),
    scope: development ? Enums.ComponentScope.Excluded : Enums.ComponentScope.Required,
    ...(description === undefined ? {} : { description }),
  });
  addLicence(component, audited);
  addHash(component, audited);
  for (const line of audited.copyright) {
    component.evidence ??= new Models.ComponentEvidence();
    component.evidence.copyright.add(line);
  }
  // Names registered for npm: https://github.com/CycloneDX/cyclonedx-property-taxonomy
  component.properties.add(new Models.Property('cdx:npm:package:path', path));
  if (development) component.properties.add(new Models.Property('cdx:npm:package:development', 'true'));
  if (licenceFile !== undefined)
    component.properties.add(new Models.Property('waybill:licence-file', licenceFile));
  return component;
};

const purlOf = (name: string, version: string): string => {
  const slash = name.lastIndexOf('/');
  const scope = slash === -1 ? undefined : name.slice(0, slash);
  return new PackageURL('npm', scope, name.slice(slash + 1), version, undefined, undefined).toString();
};

const addLicence = (component: Models.Component, { licence, licenceSource }: AuditedPackage): void => {
  if (licenceSource === 'none') return;
  const acknowledgement =
    licenceSource === 'declared'
      ? Enums.LicenseAcknowledgement.Declared
      : Enums.LicenseAcknowledgement.Concluded;
  component.licenses.add(licenceModel(licence, acknowledgement));
};

const licenceModel = (licence: string, acknowledgement: Enums.LicenseAcknowledgement): Models.License => {
  if (SPDX.isSupportedSpdxId(licence)) return new Models.SpdxLicense(licence, { acknowledgement });
  if (licence === 'UNLICENSED') return new Models.NamedLicense(licence, { acknowledgement });
  const expression = new Models.LicenseExpression(licence);
  expression.acknowledgement = acknowledgement;
  return expression;
};

/** What npm verified the download against; CycloneDX wants it in hexadecimal. */
const addHash = (component: Models.Component, { integrity }: AuditedPackage): void => {
  for (const one of integrity?.split(' ') ?? []) {
    const hash = hashOf(one);
    if (hash !== undefined) component.hashes.set(...hash);
  }
};

/** `undefined` for an algorithm that CycloneDX has no name for. */
const hashOf = (integrity: string): [Enums.HashAlgorithm, string] | undefined => {
  try {
    return Contrib.FromNodePackageJson.Utils.parsePackageIntegrity(integrity);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
