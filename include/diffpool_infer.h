/*
 * diffpool_infer.h - diffpool.h for programs that are linked with libdiffpool_infer: graphs, models that are there,
 * sessions, predictors and controls, and nothing that reads data sets or trains. The library is smaller by a third or
 * more, and what it has is the same to the last bit. GCC and Clang refuse what it lacks when they compile it.
 */
#ifndef DIFFPOOL_INFER_H
#define DIFFPOOL_INFER_H

#include "diffpool.h"

#if defined(__GNUC__)
#pragma GCC poison diffpool_config_check
#pragma GCC poison diffpool_config_clone
#pragma GCC poison diffpool_config_difference_json
#pragma GCC poison diffpool_config_free
#pragma GCC poison diffpool_config_from_json
#pragma GCC poison diffpool_config_get_json
#pragma GCC poison diffpool_config_keys_json
#pragma GCC poison diffpool_config_merge_json
#pragma GCC poison diffpool_config_new
#pragma GCC poison diffpool_config_set_bool
#pragma GCC poison diffpool_config_set_float
#pragma GCC poison diffpool_config_set_floats
#pragma GCC poison diffpool_config_set_int
#pragma GCC poison diffpool_config_set_ints
#pragma GCC poison diffpool_config_set_json
#pragma GCC poison diffpool_config_set_string
#pragma GCC poison diffpool_config_to_json
#pragma GCC poison diffpool_dataset_add
#pragma GCC poison diffpool_dataset_add_batch
#pragma GCC poison diffpool_dataset_align_classes
#pragma GCC poison diffpool_dataset_append
#pragma GCC poison diffpool_dataset_category_count
#pragma GCC poison diffpool_dataset_class_count
#pragma GCC poison diffpool_dataset_class_name
#pragma GCC poison diffpool_dataset_clear
#pragma GCC poison diffpool_dataset_copy_graph_weights
#pragma GCC poison diffpool_dataset_edge_count
#pragma GCC poison diffpool_dataset_feature_count
#pragma GCC poison diffpool_dataset_free
#pragma GCC poison diffpool_dataset_get
#pragma GCC poison diffpool_dataset_graph_count
#pragma GCC poison diffpool_dataset_load
#pragma GCC poison diffpool_dataset_name
#pragma GCC poison diffpool_dataset_new
#pragma GCC poison diffpool_dataset_node_count
#pragma GCC poison diffpool_dataset_open
#pragma GCC poison diffpool_dataset_parse_jsonl
#pragma GCC poison diffpool_dataset_save
#pragma GCC poison diffpool_dataset_save_jsonl
#pragma GCC poison diffpool_dataset_save_ogb
#pragma GCC poison diffpool_dataset_save_tu
#pragma GCC poison diffpool_dataset_sequence_length
#pragma GCC poison diffpool_dataset_set_class_names
#pragma GCC poison diffpool_dataset_set_feature_names
#pragma GCC poison diffpool_dataset_set_graph_weights
#pragma GCC poison diffpool_dataset_set_ids
#pragma GCC poison diffpool_dataset_set_names_json
#pragma GCC poison diffpool_dataset_set_targets
#pragma GCC poison diffpool_dataset_set_vocabulary
#pragma GCC poison diffpool_dataset_subset
#pragma GCC poison diffpool_dataset_summary_json
#pragma GCC poison diffpool_dataset_synthetic
#pragma GCC poison diffpool_dataset_target_count
#pragma GCC poison diffpool_dataset_use_graph_attributes_as_targets
#pragma GCC poison diffpool_dataset_writer_add
#pragma GCC poison diffpool_dataset_writer_append
#pragma GCC poison diffpool_dataset_writer_finish
#pragma GCC poison diffpool_dataset_writer_free
#pragma GCC poison diffpool_dataset_writer_graph_count
#pragma GCC poison diffpool_dataset_writer_new
#pragma GCC poison diffpool_dataset_writer_set_class_names
#pragma GCC poison diffpool_dataset_writer_set_vocabulary
#pragma GCC poison diffpool_epoch_diagnostic
#pragma GCC poison diffpool_epoch_level_count
#pragma GCC poison diffpool_epoch_metric
#pragma GCC poison diffpool_epoch_metric_name
#pragma GCC poison diffpool_epoch_model
#pragma GCC poison diffpool_epoch_number
#pragma GCC poison diffpool_evaluation_copy_confusion
#pragma GCC poison diffpool_evaluation_copy_logits
#pragma GCC poison diffpool_evaluation_copy_metric_by_target
#pragma GCC poison diffpool_evaluation_copy_predictions
#pragma GCC poison diffpool_evaluation_diagnostic
#pragma GCC poison diffpool_evaluation_free
#pragma GCC poison diffpool_evaluation_graph_count
#pragma GCC poison diffpool_evaluation_json
#pragma GCC poison diffpool_evaluation_level_count
#pragma GCC poison diffpool_evaluation_metric
#pragma GCC poison diffpool_model_config
#pragma GCC poison diffpool_model_new
#pragma GCC poison diffpool_model_save
#pragma GCC poison diffpool_model_set_metadata
#pragma GCC poison diffpool_model_set_tensor
#pragma GCC poison diffpool_model_to_bytes
#pragma GCC poison diffpool_predictor_calibrate
#pragma GCC poison diffpool_predictor_evaluate
#pragma GCC poison diffpool_predictor_predict_dataset
#pragma GCC poison diffpool_session_predict_from
#pragma GCC poison diffpool_split_free
#pragma GCC poison diffpool_split_holdout
#pragma GCC poison diffpool_split_k_fold
#pragma GCC poison diffpool_split_load
#pragma GCC poison diffpool_split_load_ogb
#pragma GCC poison diffpool_split_new
#pragma GCC poison diffpool_split_save
#pragma GCC poison diffpool_split_set_test
#pragma GCC poison diffpool_split_set_train
#pragma GCC poison diffpool_split_set_validation
#pragma GCC poison diffpool_split_test
#pragma GCC poison diffpool_split_train
#pragma GCC poison diffpool_split_validation
#pragma GCC poison diffpool_trainer_best_epoch
#pragma GCC poison diffpool_trainer_continue
#pragma GCC poison diffpool_trainer_epoch
#pragma GCC poison diffpool_trainer_epoch_count
#pragma GCC poison diffpool_trainer_fit
#pragma GCC poison diffpool_trainer_free
#pragma GCC poison diffpool_trainer_from_model
#pragma GCC poison diffpool_trainer_history_json
#pragma GCC poison diffpool_trainer_model
#pragma GCC poison diffpool_trainer_new
#pragma GCC poison diffpool_trainer_resume
#pragma GCC poison diffpool_trainer_save_checkpoint
#pragma GCC poison diffpool_trainer_set_checkpoint_path
#pragma GCC poison diffpool_trainer_set_epochs
#pragma GCC poison diffpool_trainer_set_log
#endif

#endif
