Feature: From a file to explained anomalies
  An analyst has a file. Whatever face they use, the same file gives the same scores, and a
  saved model scores unseen rows in another process as it did before.

  Scenario Outline: A <kind> CSV is loaded, fitted, saved, scored after a restart and explained
    Given a <kind> CSV with one planted anomaly and a second CSV with unseen rows
    When Python fits and saves a model
    And the command line fits and saves a model
    And a notebook fits and saves a model
    And each face scores the unseen rows in a fresh process
    Then every face gives the same scores to 1e-12
    And the planted anomaly has rank 1 in every face
    And explaining the planted row names the feature that was changed
    And the exported rows carry the original values

    Examples:
      | kind    |
      | tabular |

    @wide
    Examples:
      | kind    |
      | series  |
