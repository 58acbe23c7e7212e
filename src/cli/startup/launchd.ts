import type { BootFacts, BootSystem } from './facts';

/**
 * launchd only starts pm: `AbandonProcessGroup` keeps it from ending God and the shims with the command. It is
 * loaded by root, so the user is named.
 */
const text = ({
  service,
  user,
  path,
  pmHome,
  launcher,
}: BootFacts): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escaped(service)}</string>
  <key>UserName</key>
  <string>${escaped(user)}</string>
  <key>ProgramArguments</key>
  <array>
    <string>${escaped(launcher)}</string>
    <string>resurrect</string>
    <string>--boot</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    <string>${escaped(path)}</string>
    <key>PM_HOME</key>
    <string>${escaped(pmHome)}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>LaunchOnlyOnce</key>
  <true/>
  <key>AbandonProcessGroup</key>
  <true/>
  <key>StandardErrorPath</key>
  <string>/tmp/${escaped(service)}.err</string>
  <key>StandardOutPath</key>
  <string>/tmp/${escaped(service)}.out</string>
</dict>
</plist>
`;

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const file = ({ userHome, user }: BootFacts): string => `${userHome}/Library/LaunchAgents/pm.${user}.plist`;

export const launchd: BootSystem = {
  file,
  text,
  mode: 0o644,
  enable: (facts) => [['launchctl', 'load', '-w', file(facts)]],
  disable: (facts) => [['launchctl', 'unload', '-w', file(facts)]],
};
