"""What a run says, in both languages."""

from __future__ import annotations

from compendium.text import Text

OUTCOMES = {
    "ran": Text("done", "完成"),
    "unchanged": Text("unchanged", "未变"),
    "failed": Text("failed", "失败"),
    "skipped": Text("skipped, something it needs failed", "跳过：所需笔记本失败"),
}
COUNTED = {
    "ran": Text("{n} done", "完成 {n}"),
    "unchanged": Text("{n} unchanged", "未变 {n}"),
    "failed": Text("{n} failed", "失败 {n}"),
    "skipped": Text("{n} skipped", "跳过 {n}"),
}
COMMA, SEMICOLON = Text(", ", "，"), Text("; ", "；")
NEXT = Text("the next run goes on there", "下次运行由此继续")
NOTHING = Text("Nothing to do: everything is up to date.", "无事可做：全部结果均为最新。")
KEPT = Text("kept as far as it ran: {path}", "已运行部分保存于：{path}")
OPEN = Text("Open {path}", "请打开 {path}")
NUMBERED = Text("{n} of {all}  {name}", "第 {n} 个，共 {all} 个  {name}")
LAST_TIME = Text("last time {seconds:.1f} s", "上次 {seconds:.1f} 秒")
LEFT = Text("about {seconds:.0f} s left in all", "全部约剩 {seconds:.0f} 秒")
STILL_AT = Text(
    "{place} has been running for {seconds:.0f} s (limit {limit:.0f} s)",
    "{place} 已运行 {seconds:.0f} 秒（上限 {limit:.0f} 秒）",
)
NO_FORK = Text(
    "This system can't fork: plain kernels are used.", "本系统不支持 fork：改用普通内核。"
)
INTERRUPTED = Text(
    "interrupted; what is finished is kept, the next run goes on there",
    "已中断；已完成的结果均已保存，下次运行由此继续",
)
