//! A bad file is explained in both languages.

use super::*;

#[test]
fn a_bad_file_is_explained_in_both_languages() {
    let text = r#"{"version": 1, "seed": "x", "clients": {"sights": 1, "attempts": 0},
        "faults": {"scheduled": [{"at_us": 1, "do": {"process_crash": {"on": "dns"}}}, {"do": "heal"}]}}"#;
    let problems = crate::scenario::parse(text).unwrap_err();
    assert!(problems.0.len() >= 5, "{problems}");
    for problem in &problems.0 {
        assert_eq!(expected(Lang::En, &problem.expected), problem.expected.to_string());
        let zh = expected(Lang::Zh, &problem.expected);
        assert!(zh.chars().any(is_han), "{zh}");
        // Names of fields are quoted as they are, with their own punctuation.
        assert!(!zh.contains("expected") && zh.trim() == zh, "{zh}");
    }
}

/// Of what stands there, only JSON may be left as it is; the reader of JSON speaks English, and is translated.
#[test]
fn what_was_found_in_a_bad_file_is_said_in_chinese_too() {
    let all = |text: &str| {
        let problems = crate::scenario::parse(text).unwrap_err();
        let said = problems.0.iter().map(|one| {
            format!("{}：{}；{}", place(Lang::Zh, &one.path), found(Lang::Zh, one), expected(Lang::Zh, &one.expected))
        });
        said.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(all(""), "第 1 行第 0 列：空白；JSON 文档（内容提前结束）");
    assert_eq!(all("{\"a and b\": 1,\n}"), "第 2 行第 1 列：}；JSON 文档（多余的逗号）");
    assert!(all("{\"a and b\": nought}").contains("{\"a and b\": nought}；JSON 文档（此处应为一个值）"));
    assert!(all(r#"{"version": 1, "seed": 1, "seed": 2}"#).starts_with("seed：出现多次；"));
    let range = r#"{"version": 1, "network": {"between_nodes": {"lo_us": 9, "hi_us": 3}},
        "faults": {"scheduled": [{"do": "heal"}]}}"#;
    assert!(all(range).contains("9，大于 3；") && all(range).contains("两者都没有；"), "{}", all(range));
    let zones = r#"{"version": 1, "network": {"zones": [[{"node": 0}, {"node": 0}]]}}"#;
    assert!(all(zones).contains("{\"node\":0} 再次出现；"), "{}", all(zones));
    let english = crate::scenario::parse("").unwrap_err();
    assert_eq!(found(Lang::En, &english.0[0]), "nothing");
}
