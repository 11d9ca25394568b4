"""The texts of all problems and field faults, in Chinese and English, by stable code."""

from __future__ import annotations

from typing import NamedTuple


class ProblemText(NamedTuple):
    """One kind of problem: HTTP status, and title and detail in both languages."""

    status: int
    zh_title: str
    en_title: str
    zh: str
    en: str


PROBLEMS = {
    "bad-body": ProblemText(
        400, "请求正文无法读取", "Unreadable body",
        "请求正文不是合格的 JSON 对象。", "The body is not a well-formed JSON object.",
    ),
    "bad-header": ProblemText(
        400, "请求头有误", "Bad header",
        "请求头缺失或格式有误。", "A header is missing or malformed.",
    ),
    "unidentified": ProblemText(
        401, "未认证", "Not identified",
        "需要有效的访问令牌。", "A valid bearer token is needed.",
    ),
    "not-permitted": ProblemText(
        403, "无权操作", "Not permitted",
        "此身份只能查看，不能执行该操作。", "This role may look on but not take this action.",
    ),
    "absent": ProblemText(
        404, "不存在", "Not found",
        "所请求的内容不存在，或无权查看。", "It does not exist, or may not be seen.",
    ),
    "method": ProblemText(
        405, "方法不允许", "Method not allowed",
        "此地址不支持该请求方法。", "This address does not offer that method.",
    ),
    "too-slow": ProblemText(
        408, "请求超时", "Request timeout",
        "请求正文传送过慢。", "The body arrived too slowly.",
    ),
    "refused": ProblemText(
        409, "操作被拒绝", "Refused",
        "下列规则不允许此操作。", "The rules listed forbid this step.",
    ),
    "contested": ProblemText(
        409, "投诉正被他人更新", "Contested",
        "多次重试后该投诉仍在被他人更新，请稍后再试。",
        "Others kept changing the complaint while this was tried; try again.",
    ),
    "destroyed": ProblemText(
        410, "内容已销毁", "Content destroyed",
        "该投诉的内容已按规定销毁。", "The content of this complaint has been destroyed.",
    ),
    "version-moved": ProblemText(
        412, "投诉已被更新", "Version moved on",
        "自 If-Match 所示版本之后已有他人操作，请先查看。",
        "Somebody has acted since the version named by If-Match; look again first.",
    ),
    "too-large": ProblemText(
        413, "请求正文过大", "Body too large",
        "请求正文不得超过 1 MiB。", "The body may have at most 1 MiB.",
    ),
    "file-too-large": ProblemText(
        413, "文件过大", "File too large",
        "文件不得超过 20 MiB。", "A file may have at most 20 MiB.",
    ),
    "file-type": ProblemText(
        415, "文件类型不符", "File type",
        "文件类型不在接受之列，或内容与所报类型不符。",
        "The type is not one of those taken, or the bytes are not of the type declared.",
    ),
    "not-json": ProblemText(
        415, "媒体类型不支持", "Unsupported media type",
        "请求正文须为 application/json（UTF-8）。", "The body must be application/json in UTF-8.",
    ),
    "bad-field": ProblemText(
        422, "字段有误", "Bad field",
        "下列字段有误，未作任何更改。", "The fields listed are wrong; nothing was changed.",
    ),
    "too-wide": ProblemText(
        422, "范围过大", "Too wide",
        "该时刻需重算的投诉过多，请缩小单位或时间范围。",
        "Too many complaints would have to be folded as of then; ask for a smaller part.",
    ),
    "command-reused": ProblemText(
        422, "幂等键已被使用", "Idempotency key reused",
        "该 Idempotency-Key 已用于内容不同的请求。",
        "This Idempotency-Key was used before for a different request.",
    ),
    "too-many": ProblemText(
        429, "请求过于频繁", "Too many requests",
        "短时间内提交的操作过多，未作任何更改；请在 Retry-After 所示秒数后再试。",
        "Too many steps in a short time; nothing was changed. Try again after Retry-After seconds.",
    ),
    "internal": ProblemText(
        500, "内部错误", "Internal error",
        "服务发生内部错误，已记录。", "Something failed inside; it has been recorded.",
    ),
    "behind": ProblemText(
        503, "数据尚未更新到所需位置", "Not there yet",
        "清单尚未更新到所请求的位置，请稍后再试。",
        "The list has not reached the position asked for; try again.",
    ),
    "unrecorded": ProblemText(
        503, "查阅无法记录", "Read not recorded",
        "此次查阅未能留下记录，因此不显示内容。",
        "This read could not be put on record, so nothing is shown.",
    ),
    "unavailable": ProblemText(
        503, "暂不可用", "Unavailable",
        "存储暂不可用，结果未知；请用同一 Idempotency-Key 重试。",
        "The store did not answer, the outcome is unknown; repeat with the same Idempotency-Key.",
    ),
}  # fmt: skip

REASONS = {
    "missing": ("缺少必填项", "required"),
    "unknown": ("没有此字段", "no such field"),
    "duplicate": ("字段重复", "given twice"),
    "not-flag": ("须为 true 或 false", "must be true or false"),
    "not-whole": ("须为整数", "must be a whole number"),
    "not-string": ("须为字符串", "must be a string"),
    "not-list": ("须为列表", "must be a list"),
    "not-object": ("须为对象", "must be an object"),
    "not-term": ("不在允许的取值之内", "not one of the values allowed"),
    "not-slug": (
        "只能由字母、数字和连字符组成", "must consist of letters, digits and hyphens",
    ),
    "not-unit": ("不是合格的单位路径", "not a well-formed unit path"),
    "not-order": ("须为工单字母", "must be the letters of a work order"),
    "not-time": (
        "须为带时区的 ISO 8601 时间", "must be an ISO 8601 time with its offset",
    ),
    "time-out-of-range": ("须在 1900 年至 2199 年之间", "must lie in the years 1900 to 2199"),
    "not-uuid": ("须为 UUID", "must be a UUID"),
    "not-version": ("须为版本号，如 \"3\"", "must be a version, such as \"3\""),
    "malformed": ("格式有误", "malformed"),
    "not-cursor": ("不是有效的游标", "not a valid cursor"),
    "not-period": (
        "须写作 2026、2026H1、2026Q1、2026-03、2026W10 或 2026-03-02",
        "must be written 2026, 2026H1, 2026Q1, 2026-03, 2026W10 or 2026-03-02",
    ),
    "too-long": ("不得超过 {most} 个字符", "at most {most} characters"),
    "too-much-text": (
        "全部文字合计不得超过 {most} 字节", "all texts together may have {most} bytes at most",
    ),
    "too-many": ("不得超过 {most} 项", "at most {most} entries"),
    "empty": ("不得为空", "must not be empty"),
    "out-of-range": ("须在 {least} 与 {most} 之间", "must lie between {least} and {most}"),
    "control-character": ("含有控制字符", "holds a control character"),
    "lone-surrogate": ("含有无效的 Unicode 字符", "holds an invalid Unicode character"),
    "not-utf8": ("不是有效的 UTF-8", "not valid UTF-8"),
    "syntax": ("JSON 语法有误", "not JSON"),
    "not-finite": ("不接受 NaN 或 Infinity", "NaN and Infinity are not accepted"),
    "fraction": ("不接受小数", "fractions are not accepted"),
    "too-big-number": ("数字过大", "the number is too big"),
    "too-deep": ("嵌套不得超过 {most} 层", "nested deeper than {most}"),
    "no-such-procedure": ("没有此规程", "no such procedure"),
    "not-file": ("不是上传文件的名称", "not the name that an uploaded file was given"),
    "no-such-file": ("本投诉没有此文件", "the complaint has no such file"),
    "type-not-taken": ("不接受此类文件", "files of this type are not taken"),
    "not-its-type": ("内容与所报类型不符", "the bytes are not of the type declared"),
    "no-such-clock": ("规程中没有此时限", "the procedure has no such clock"),
    "ahead": ("时间晚于当前时间", "lies in the future"),
    "not-claimable": (
        "此操作不能补记更早的时间", "this action cannot claim an earlier time",
    ),
}  # fmt: skip
