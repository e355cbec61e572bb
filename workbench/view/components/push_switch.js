// Turns notifications in this browser on and off; what it takes is in the app's script (serve/pwa/source/devices.js).

import { el } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-push_switch { font-size: 14px; }
.wb-push_switch p { margin: 0 0 10px; }
.wb-push_switch .is-wrong { font-weight: 500; margin: 10px 0 0; }
.wb-push_switch .is-wrong::before { content: "!"; display: inline-grid; place-items: center; width: 18px; height: 18px; border-radius: 50%;
  margin-right: 8px; background: var(--ink); color: var(--ground); font-size: 12px; }
.wb-push_switch button { font-weight: 500; padding: 6px 14px; min-height: 36px; border-radius: 8px; cursor: pointer; border: 1px solid var(--line); background: none; }
.wb-push_switch button:hover:not(:disabled) { border-color: currentColor; }
.wb-push_switch button:disabled { opacity: .5; cursor: default; }
`;
const ELSEWHERE = "Notifications are turned on in a page of a team's server, in the browser that shall show them.";

class PushSwitch extends Part {
  constructor(model, host) {
    super(model, host, "push_switch", CSS, ["devices"]);
    this.words = el("p", {}, "Looking at this browser …");
    this.press = el("button", { type: "button", hidden: true, onclick: () => this.pressed() });
    this.wrong = el("p", { class: "is-wrong", role: "alert", hidden: true });
    this.root.append(this.words, this.press, this.wrong);
    this.look();
    this.ask("zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC" });
  }

  get app() { return window.workbenchApp?.notifications; }

  async look() {
    const told = this.app ? this.app.hindrance() : ELSEWHERE;
    this.own = told ? "" : await this.app.device().catch(() => "");
    this.told = told;
    this.draw();
  }

  async pressed() {
    this.press.disabled = true;
    this.wrong.hidden = true;
    try {
      await (this.on ? this.app.turnOff() : this.app.turnOn());
    } catch (error) {
      this.wrong.textContent = error.message;
      this.wrong.hidden = false;
    }
    await this.look();
    this.press.disabled = false;
    this.ask("changed", { device: this.own });
  }

  paint() {
    if (this.told === undefined) return;
    this.on = Boolean(this.own) && this.get("devices").includes(this.own);
    this.words.textContent = this.told || (this.on ? "You are told in this browser, also when no page of the workbench is open."
      : "You are not told in this browser. It asks you once, when you turn it on.");
    this.press.textContent = this.on ? "Turn off here" : "Turn on here";
    this.press.hidden = Boolean(this.told);
  }
}

export default faces(PushSwitch);
